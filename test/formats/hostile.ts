// Copies of an object in which something is made to harm whoever reads it: getters, proxies, circles, and what JSON
// hasn't.

import { revoked } from "../faults/expect-error.ts";

export interface HostileObject {
  /** What is where. */
  readonly name: string;
  readonly object: object;
}

const fail = (): never => {
  throw new TypeError("this was read");
};

/** All traps throw. */
const trapped = (target: object) => new Proxy(target, new Proxy({}, { get: () => fail }));
const ofLength = (length: unknown) =>
  new Proxy([1], { get: (target, key) => (key === "length" ? length : Reflect.get(target, key)) });

const VALUES: Readonly<Record<string, (own: unknown) => unknown>> = {
  undefined: () => undefined,
  NaN: () => Number.NaN,
  "a symbol": () => Symbol("a"),
  "a bigint": () => 2n ** 70n,
  "a function": () => fail,
  "an array with holes": () => new Array(3),
  "an array of 2^32 − 1": () => new Array(2 ** 32 - 1),
  "a circle": () => {
    const circle: unknown[] = [];
    circle.push(circle);
    return circle;
  },
  "a revoked proxy": () => revoked(),
  "a revoked proxy of an array": () => revoked([]),
  "a proxy whose traps throw": () => trapped({}),
  "a proxy of an array whose traps throw": () => trapped([]),
  "a proxy of what was there": (own) => (typeof own === "object" && own !== null ? new Proxy(own, {}) : own),
  "a length of −1": () => ofLength(-1),
  "a length of 2^53": () => ofLength(2 ** 53),
  "a length that throws": () => ofLength({ valueOf: fail }),
  "toJSON that throws": () => ({ toJSON: fail }),
  "toJSON that gives itself": () => {
    const self = { toJSON: (): unknown => self };
    return self;
  },
  "toJSON that gives nothing": () => ({ toJSON() {} }),
  "toString that throws": () => ({ toString: fail, valueOf: fail, [Symbol.toPrimitive]: fail }),
  "a date that is none": () => new Date(Number.NaN),
  "a buffer without memory": () => {
    const buffer = new ArrayBuffer(8);
    structuredClone(buffer, { transfer: [buffer] });
    return buffer;
  },
};

/** Each value as each of these, and each as a getter. */
export function* hostile(object: object): Generator<HostileObject> {
  for (const path of pathsIn(object)) {
    const where = path.join(".");
    for (const [what, make] of Object.entries(VALUES)) {
      yield { name: `${what} at ${where}`, object: changed(object, path, (own) => ({ value: make(own) })) };
    }
    yield { name: `a getter that throws at ${where}`, object: changed(object, path, () => ({ get: fail })) };
    yield {
      name: `a getter that throws the second time at ${where}`,
      object: changed(object, path, (own) => {
        let times = 0;
        return { get: () => (times++ === 0 ? own : fail()) };
      }),
    };
  }
}

function* pathsIn(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (path.length > 0) yield path;
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) yield* pathsIn(member, [...path, key]);
}

function changed(object: object, path: readonly string[], by: (own: unknown) => PropertyDescriptor): object {
  const copy = structuredClone(object);
  let place: object = copy;
  for (const key of path.slice(0, -1)) place = Reflect.get(place, key) as object;
  const key = path[path.length - 1]!;
  const own: unknown = Reflect.get(place, key);
  Object.defineProperty(place, key, { enumerable: true, configurable: true, ...by(own) });
  return copy;
}
