// A sequence of commands on both engines: each has the same outcome, and no network's parameters change by another's
// call.

import fc from "fast-check";
import { type Command, command, creation, run } from "./commands.ts";
import { World } from "./world.ts";

export const sequences = fc
  .tuple(
    fc.array(creation, { minLength: 1, maxLength: 3, size: "max" }),
    fc.array(command, { minLength: 1, maxLength: 16, size: "max" }),
  )
  .map((parts) => parts.flat());

export async function lockstep(commands: readonly Command[]): Promise<void> {
  const [wasm, reference] = [new World("wasm"), new World("reference")];
  try {
    for (const [n, one] of commands.entries()) {
      const [found, expected] = [await run(wasm, one), await run(reference, one)];
      await Promise.all([...wasm.pending, ...reference.pending]);
      const what = `command ${n}, ${JSON.stringify(one)}`;
      if (found !== expected) throw new Error(`${what}\nwasm:      ${found}\nreference: ${expected}`);
      if (found.startsWith("FAULT")) throw new Error(`${what}\n${found}`);
      const digests = [wasm.digests(), reference.digests()];
      if (digests[0] !== digests[1])
        throw new Error(`digests after ${what}\nwasm:      ${digests[0]}\nreference: ${digests[1]}`);
    }
  } finally {
    await Promise.all([wasm.end(), reference.end()]);
  }
}
