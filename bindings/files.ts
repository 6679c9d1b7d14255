// Files of networks and checkpoints on a disk, in Node, Deno and Bun: whatever happens, a name has the whole old file or the
// whole new one.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { pid } from "node:process";

/**
 * Writes a file of `network.save()` under a temporary name in the same folder, has it reach the disk, and renames it.
 *
 * @example
 * ```ts
 * import { Network } from "bitgrad";
 * import { readNetwork, writeNetwork } from "bitgrad/files";
 *
 * await net.fitAsync(x, y, {
 *   epochs: 1000,
 *   checkpoint: { everySeconds: 30, save: (file) => writeNetwork("model.safetensors", file) },
 * });
 * // after a crash
 * const again = await Network.load(readNetwork("model.safetensors"));
 * await again.fitAsync(x, y, { epochs: 1000, resume: true });
 * ```
 * @throws the error of the file system; the file that was there stays.
 */
export function writeNetwork(path: string, file: Uint8Array): void {
  const temporary = `${path}.${pid}-${counter++}.tmp`;
  try {
    const descriptor = openSync(temporary, "wx");
    try {
      for (let offset = 0; offset < file.length; ) offset += writeSync(descriptor, file, offset);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

let counter = 0;

/** The file's bytes, for `Network.load`. */
export function readNetwork(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}
