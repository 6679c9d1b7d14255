// Files, standard input and standard output; gzip in and out.

import { createReadStream, existsSync, lstatSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createGunzip, gzipSync } from "node:zlib";
import { calledOf, Failure, misuse } from "./failures.ts";

/** Of a table's text: engines can't hold the cells of much more. */
export const MOST_BYTES = 2 ** 29;

/** All bytes of a file or of standard input, out of gzip if they are in it. */
export async function readBytes(path: string, most = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  if (path !== "-") {
    const status = statSync(path);
    if (status.isDirectory()) throw new Failure(`${path}: it is a folder; a file is expected`);
    if (status.size > most) throw tooLarge(path, most);
  }
  const bytes = await collected(path, path === "-" ? process.stdin : createReadStream(path), most);
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!isGzip) {
    if (path.endsWith(".gz"))
      throw new Failure(`${path}: by its name it is a gzip file, but its bytes are of another kind`);
    return bytes;
  }
  const unpacking = createGunzip();
  unpacking.end(bytes);
  try {
    return await collected(path, unpacking, most);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${calledOf(path)}: the gzip file is damaged: ${(error as Error).message}`, 1, error);
  }
}

async function collected(path: string, stream: AsyncIterable<Uint8Array>, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > most) throw tooLarge(path, most);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(path: string, most: number): Failure {
  const advice = "train on some of its lines, or predict it in parts";
  return new Failure(
    `${calledOf(path)}: it has more than ${most} bytes, which is as much as fits into memory; ${advice}`,
  );
}

/** Refuses a path that can't be written to, before the work begins. */
export function checkWritable(path: string): void {
  if (path === "-") return;
  const folder = path.replace(/[^/\\]*$/, "") || ".";
  if (!existsSync(folder)) throw misuse(`${path}: there is no folder ${folder}`);
  if (existsSync(path) && statSync(path).isDirectory()) throw misuse(`${path}: it is a folder; a file is expected`);
}

/** Writes to standard output or a file, in gzip if it is named so; a file is written whole or not at all. */
export async function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  if (path === "-") return print(bytes);
  const packed = path.endsWith(".gz") ? gzipSync(bytes) : bytes;
  if (existsSync(path) && !lstatSync(path).isFile()) return writeFileSync(path, packed); // a pipe, a link
  const temporary = `${path}.${process.pid}.bitgrad.tmp`;
  try {
    writeFileSync(temporary, packed);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Waits until whoever reads it has taken it. */
export async function print(data: Uint8Array | string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(data, (error) => (error ? reject(error) : resolve()));
  });
}

/** Says something beside the results. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
