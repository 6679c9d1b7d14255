// What a caller's function returns may be a promise.

/** What a training yields: undefined to give the event loop a turn, or a promise whose result it continues with. */
export type Wait = PromiseLike<unknown> | undefined;

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  try {
    return (
      typeof value === "object" && value !== null && typeof (value as Partial<PromiseLike<unknown>>).then === "function"
    );
  } catch {
    return false; // a getter that throws, a revoked proxy
  }
}

/** Of a promise that no one waits for: its rejection would end a process. */
export function ignore(promise: PromiseLike<unknown>): void {
  Promise.resolve(promise).catch(() => {});
}
