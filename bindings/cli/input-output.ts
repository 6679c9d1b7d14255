// Files, standard input and standard output; gzip in and out.

import {
  createReadStream,
  createWriteStream,
  existsSync,
  lstatSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip, gzipSync } from "node:zlib";
import { calledOf, Failure, misuse } from "./failures.ts";

/** All bytes of a file or of standard input, out of gzip if they are in it. `most`: how many it may be. */
export async function readBytes(path: string, most = Number.POSITIVE_INFINITY, advice = ""): Promise<Uint8Array> {
  const tooLarge = () =>
    new Failure(`${calledOf(path)}: it has more than ${most} bytes, which may not fit into memory; ${advice}`);
  if (sizeOf(path) > most) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of readChunks(path)) {
    length += chunk.length;
    if (length > most) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The bytes of a file; 0 of standard input. */
export function sizeOf(path: string): number {
  if (path === "-") return 0;
  const status = statSync(path);
  if (status.isDirectory()) throw new Failure(`${path}: it is a folder; a file is expected`);
  return status.size;
}

/** The same bytes as they come. */
export async function* readChunks(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  sizeOf(path); // refuses a folder
  const source = path === "-" ? process.stdin : createReadStream(path);
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let first: Uint8Array = new Uint8Array(0);
  while (first.length < 2) {
    const { done, value } = await chunks.next();
    if (done) break;
    first = Buffer.concat([first, value]);
  }
  const all = async function* () {
    if (first.length > 0) yield first;
    yield* { [Symbol.asyncIterator]: () => chunks };
  };
  if (first[0] !== 0x1f || first[1] !== 0x8b) {
    if (path.endsWith(".gz"))
      throw new Failure(`${path}: by its name it is a gzip file, but its bytes are of another kind`);
    return yield* all();
  }
  const packed = Readable.from(all(), { objectMode: false });
  const unpacking = createGunzip();
  packed.on("error", (error) => unpacking.destroy(error));
  try {
    yield* packed.pipe(unpacking);
  } catch (error) {
    throw new Failure(`${calledOf(path)}: the gzip file is damaged: ${(error as Error).message}`, 1, error);
  }
}

/** Refuses a path that can't be written to, or is one of those that are read, before the work begins. */
export function checkWritable(path: string, read: readonly string[]): void {
  if (path === "-") return;
  if (path === "") throw misuse('--output is ""; a file is expected');
  const folder = path.replace(/[^/\\]*$/, "") || ".";
  if (!existsSync(folder)) throw misuse(`${path}: there is no folder ${folder}`);
  if (!existsSync(path)) return;
  const { dev, ino } = statSync(path); // by way of links
  if (statSync(path).isDirectory()) throw misuse(`${path}: it is a folder; a file is expected`);
  for (const other of read) {
    if (other === "-" || !existsSync(other) || !statSync(path).isFile()) continue;
    const own = statSync(other);
    if (own.dev === dev && own.ino === ino) {
      throw misuse(`--output is ${path}, which is read: it would be replaced; another file is expected`);
    }
  }
}

/** Writes to standard output or a file, in gzip if it is named so; a file is written whole or not at all. */
export async function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  if (path === "-") return print(bytes);
  const packed = path.endsWith(".gz") ? gzipSync(bytes) : bytes;
  if (existsSync(path) && !lstatSync(path).isFile()) return writeFileSync(path, packed); // a pipe, a link
  const temporary = temporaryOf(path);
  try {
    writeFileSync(temporary, packed);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** The same for a text that comes in pieces; on standard output those before an error are there. */
export async function writeLines(path: string, pieces: AsyncIterable<string>): Promise<void> {
  if (path === "-") {
    for await (const piece of pieces) await print(piece);
    return;
  }
  const isFile = !existsSync(path) || lstatSync(path).isFile();
  const target = isFile ? temporaryOf(path) : path;
  try {
    const packing = path.endsWith(".gz") ? [createGzip()] : [];
    await pipeline([Readable.from(pieces), ...packing, createWriteStream(target)]);
    if (isFile) renameSync(target, path);
  } catch (error) {
    if (isFile) rmSync(target, { force: true });
    throw error;
  }
}

const temporaryOf = (path: string) => `${path}.${process.pid}.bitgrad.tmp`;

/** Waits until whoever reads it has taken it. */
export async function print(data: Uint8Array | string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(data, (error) => (error ? reject(error) : resolve()));
  });
}

/** A text whose control characters, which a terminal would obey, are written out. */
export function visible(text: string): string {
  const written = (control: string) =>
    control === "\n" ? control : `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`;
  return text.replace(/\p{Cc}/gu, written);
}

/** Says something beside the results. */
export function say(text: string): void {
  process.stderr.write(`${visible(text)}\n`);
}
