// Before and after each file of tests that shares its process with others: it leaves the globals as it found them.

import { afterAll, expect } from "vitest";

/** The globals of the language and the platform, and the prototypes of its classes, by name. */
function subjects(): Map<string, object> {
  const found = new Map<string, object>([
    ["globalThis", globalThis],
    ["process.env", process.env],
    ["TypedArray", Object.getPrototypeOf(Uint8Array)],
  ]);
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (name === "localStorage") continue; // newer Nodes warn of its being read
    const value: unknown = Reflect.get(globalThis, name); // read first: Node makes many of its globals when they are
    if (/^[A-Z]/.test(name) && value instanceof Object) found.set(name, value);
  }
  for (const [name, value] of [...found]) {
    const { value: prototype } = Object.getOwnPropertyDescriptor(value, "prototype") ?? {};
    if (prototype instanceof Object) found.set(`${name}.prototype`, prototype);
  }
  return found;
}

function properties(): Map<string, PropertyDescriptor> {
  const found = new Map<string, PropertyDescriptor>();
  for (const [name, value] of subjects()) {
    for (const key of Reflect.ownKeys(value)) {
      const whole = `${name}.${String(key)}`;
      if (!whole.includes("vitest")) found.set(whole, Object.getOwnPropertyDescriptor(value, key)!);
    }
  }
  return found;
}

const before = properties();

afterAll(() => {
  const after = properties();
  const isSame = (name: string) => {
    const [one, other] = [before.get(name), after.get(name)];
    const parts = ["value", "get", "set", "writable", "enumerable", "configurable"] as const;
    return one !== undefined && other !== undefined && parts.every((part) => Object.is(one[part], other[part]));
  };
  const names = [...new Set([...before.keys(), ...after.keys()])];
  expect(
    names.filter((name) => !isSame(name)),
    "globals that this file has left changed",
  ).toEqual([]);
});
