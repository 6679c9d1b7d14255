// Asserting errors: class, code, and a message that names the argument, its value and what is expected.

import { BitgradError, type ErrorCode, type Network } from "bitgrad";
import { expect } from "vitest";

type ErrorClass = new (...args: never[]) => BitgradError;

/** What a refusal looks like: its class, its code, and words that its message has. */
export interface Refusal {
  error: ErrorClass;
  code: ErrorCode;
  words: readonly string[];
}

/** A value of the wrong type, where the types forbid it. */
export function wrong(value: unknown): never {
  return value as never;
}

/** A proxy of which nothing can be read. */
export function revoked(target: object = {}): never {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return wrong(proxy);
}

export function expectError(error: unknown, refusal: Refusal): void {
  expect(error).toBeInstanceOf(refusal.error);
  expect(error).toBeInstanceOf(BitgradError);
  const { code, name, message } = error as BitgradError;
  expect({ code, name }).toEqual({ code: refusal.code, name: refusal.error.name });
  for (const word of refusal.words) expect(message).toContain(word);
}

export function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  expect.fail("an error is expected; none was thrown");
}

export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  expect.fail("a rejection is expected; the promise was fulfilled");
}

/** `run` is refused and leaves the network as it was. */
export function expectRefused(net: Network, run: () => unknown, refusal: Refusal): void {
  const before = JSON.stringify(net);
  expectError(errorOf(run), refusal);
  expect(JSON.stringify(net)).toBe(before);
}
