// What older browsers' arrays lack: Chrome 91 has neither `at` nor `findLast`.

export function last<T>(items: readonly T[]): T | undefined {
  return items[items.length - 1];
}

export function findLast<T, U extends T>(items: readonly T[], is: (item: T) => item is U): U | undefined;
export function findLast<T>(items: readonly T[], is: (item: T) => boolean): T | undefined;
export function findLast<T>(items: readonly T[], is: (item: T) => boolean): T | undefined {
  for (let k = items.length - 1; k >= 0; k--) if (is(items[k]!)) return items[k];
  return undefined;
}
