// Networks, encoders and operations keep their data in private fields. Proxies don't have these, and structuredClone,
// comparisons and consoles don't see them. This module makes up for that.

import { checkNoMore, ITSELF, isRevoked } from "./checks.ts";
import { OptionError } from "./errors.ts";

/** The key that a constructor requires; only this library has it. */
export const KEY = /* @__PURE__ */ Symbol("key");

export function checkKey(key: unknown, name: string, instead: string): void {
  if (key !== KEY) throw new OptionError(`new ${name}(…) does not work: use ${instead}`);
}

/** A class with private fields. */
export interface Kind<T extends object> {
  readonly name: string;
  readonly prototype: T;
  /** Whether a value has the fields. */
  isOne(value: object): value is T;
  /** What consoles print; without it the text of `toString`. */
  inspect?(object: T): string;
}

const INSPECTIONS = ["nodejs.util.inspect.custom", "Deno.customInspect"]; // Bun's is Node's

/**
 * Prepares a new object for proxies, clones, comparisons and consoles. Its properties become read-only; `identity`
 * becomes one. structuredClone and postMessage, whose clone would be empty, refuse a symbol; their error shows its
 * description. Comparisons of all properties tell different objects apart by it.
 */
export function endow<T extends object>(object: T, kind: Kind<T>, identity: symbol): void {
  takeProxies(kind);
  for (const key of Object.keys(object)) Object.defineProperty(object, key, { writable: false });
  Object.defineProperty(object, "identity", { value: identity, enumerable: true, configurable: true });
  Object.defineProperty(object, ITSELF, { value: () => object, configurable: true });
}

/** `instanceof` of a class; if the class is the library's own, also for objects of its other entries and copies. */
export function isInstance(type: unknown, isOwn: boolean, name: string, value: unknown): boolean {
  if (Function.prototype[Symbol.hasInstance].call(type, value)) return true;
  const object = value as { [ITSELF]?: unknown; [Symbol.toStringTag]?: unknown } | null | undefined;
  return isOwn && !!object?.[ITSELF] && object[Symbol.toStringTag] === name;
}

/** An object of a class of this library, of any entry or copy, or a proxy of it. */
export function isBranded(value: unknown, name: string): boolean {
  if (typeof value !== "object" || value === null || isRevoked(value)) return false;
  return ITSELF in value && (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === name;
}

const taken = /* @__PURE__ */ new WeakSet<object>();

/**
 * Makes methods that are called on a proxy work on its target, and refuse arguments that they don't name; makes
 * consoles print a description. Done once for a class, with its first object.
 */
export function takeProxies<T extends object>({ name, prototype, isOne, inspect = String }: Kind<T>): void {
  if (taken.has(prototype)) return;
  taken.add(prototype);
  type Member = (this: T, ...values: unknown[]) => unknown;
  const throughProxies = (member: Member, key: string, most: number): Member =>
    // no rest parameter, which would allocate an array for each call
    function (a, b, c, d, e, f) {
      // biome-ignore lint/complexity/noArguments: for the same reason
      if (arguments.length > most) checkNoMore(key, [a, b, c, d, e, f].slice(most));
      return member.call(isOne(Object(this)) ? this : unwrap(this, isOne, name), a, b, c, d, e, f);
    };
  for (const key of INSPECTIONS) {
    Object.defineProperty(prototype, Symbol.for(key), {
      value(this: T) {
        return inspect(this);
      },
      configurable: true,
    });
  }
  // what compiles `using` for platforms that have no Symbol.dispose looks for this one
  if (Symbol.dispose === undefined && "dispose" in prototype) {
    const dispose = Symbol.for("Symbol.dispose");
    Object.defineProperty(prototype, dispose, { value: prototype.dispose, configurable: true });
  }
  for (const [key, member] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (key === "constructor") continue;
    for (const part of ["value", "get", "set"] as const) {
      const method = member[part];
      // JSON.stringify gives toJSON a key
      const most = part === "value" && key !== "toJSON" ? method?.length : Infinity;
      if (typeof method === "function") member[part] = throughProxies(method, key, most);
    }
    Object.defineProperty(prototype, key, member);
  }
}

function unwrap<T extends object>(proxy: T, isOne: (value: object) => value is T, name: string): T {
  if (typeof proxy !== "object" || proxy === null) {
    throw new OptionError(`a ${name}'s method was called without the ${name}`);
  }
  let object: unknown;
  try {
    object = (proxy as { [ITSELF]?: () => unknown })[ITSELF]?.();
  } catch {
    // a proxy that is revoked, or refuses
  }
  if (isOne(Object(object))) return object as T;
  throw new OptionError(
    `this is no ${name} of this library, but a copy or a deep proxy (Vue: use markRaw; Valtio: ref; MobX: observable.ref)`,
  );
}

/** The words of a description, with "…" in place of those in the middle if they are more than `most`. */
export function shorten(words: readonly string[], most: number): readonly string[] {
  return words.length > most ? [...words.slice(0, most - 1), "…", ...words.slice(-1)] : words;
}
