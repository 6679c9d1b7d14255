// Files of networks and checkpoints on disk, in Node, Deno and Bun. Whatever happens, a path has either the whole old
// file or the whole new one.

import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process"; // Deno has no `uptime` to import by name
import { fileURLToPath } from "node:url";
import { isMainThread, threadId } from "node:worker_threads";
import { bytesOf, typeNameOf } from "./arrays.ts";
import { checkNoMore, checkReadable, counted, isRevoked, show } from "./checks.ts";
import { FormatError, OptionError, OutOfMemoryError } from "./errors.ts";
import { type FileBytes, Pieces } from "./saving/pieces.ts";
import { checkFound, digestedHead, headerEnd, readHeader } from "./saving/safetensors.ts";
import { type Hash, nodeHash, SHA256 } from "./saving/sha256.ts";

export type { FileBytes } from "./saving/pieces.ts";

/** A path as `node:fs` has it: text, a `file:` URL, or bytes. */
export type Path = string | URL | Uint8Array;

/** A network, or its file: a buffer, a view of one, or an iterable of these, as `saveChunks` returns them. */
export type NetworkOrFile = { saveChunks(): Iterable<FileBytes> } | FileBytes | Iterable<FileBytes>;

const MOST_BYTES = 2 ** 30; // in one call: runtimes take less than 2^31
const SPARE_BYTES = 2 ** 16; // read at once beyond the file's stated size, which is 0 for pipes
const LINKS = 40; // symbolic links in a row at most, as in Linux

/**
 * Writes a network's file whole or not at all: under a temporary name in the same folder, flushed to disk, then
 * renamed.
 *
 * The new file gets the mode of the old one and, if permitted, its owner. A symbolic link stays, and the file that it
 * leads to is replaced. Other hard links keep the old file. If the path is no regular file, such as a pipe, the bytes
 * are written to it directly.
 *
 * After an error, the file that was there stays. A process that is killed leaves its temporary file, `….bitgrad.tmp`.
 * The next write to the folder removes the temporary files of processes that have ended on this machine, and any that
 * was not written to for ten minutes.
 *
 * @param path - A string, a `file:` URL or a Buffer.
 * @param file - A network, which is written piece by piece, or its file, whole or in pieces.
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
 * @throws OptionError if `path` or `file` is of another type
 * @throws FormatError if the bytes are no file of a network, or are damaged: their SHA-256 is computed as they are
 * written
 * @throws what the file system throws
 */
export function writeNetwork(path: Path, file: NetworkOrFile, ...more: []): void {
  checkNoMore("writeNetwork", more);
  const name = nameOf(path);
  const contents = open(file);
  const [target, old] = follow(name);
  if (old !== undefined && !old.isFile()) {
    const descriptor = openSync(bytesOfName(target), "w");
    try {
      writeAll(descriptor, contents);
    } finally {
      closeSync(descriptor);
    }
    return;
  }
  const [temporary, descriptor] = createBeside(target, old);
  try {
    try {
      removeLeftovers(dirname(target), fstatSync(descriptor).mtimeMs);
      if (old !== undefined) keep(descriptor, old);
      writeAll(descriptor, contents);
      // a write takes away set-user-ID and set-group-ID, unless it is root's
      if (old !== undefined) fchmodSync(descriptor, old.mode & 0o7777);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(bytesOfName(temporary), bytesOfName(target));
  } catch (error) {
    rmSync(bytesOfName(temporary), { force: true });
    throw error;
  }
}

/**
 * Reads a file's bytes, for `Network.load`.
 *
 * @param path - A string, a `file:` URL or a Buffer.
 * @throws OptionError if `path` is of another type
 * @throws OutOfMemoryError if the file does not fit into one array: pass a stream to `Network.load` instead
 * @throws what the file system throws
 */
export function readNetwork(path: Path, ...more: []): Uint8Array<ArrayBuffer> {
  checkNoMore("readNetwork", more);
  const descriptor = openSync(bytesOfName(nameOf(path)), "r");
  try {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let length = fstatSync(descriptor).size || SPARE_BYTES;
    for (let part = read(descriptor, length); part.length > 0; part = read(descriptor, length)) {
      parts.push(part);
      length = SPARE_BYTES;
    }
    const pieces = new Pieces(parts);
    return pieces.join(0, pieces.length);
  } finally {
    closeSync(descriptor);
  }
}

/** Up to `length` bytes; fewer where the file ends. */
function read(descriptor: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = allocate(length);
  let at = 0;
  for (let some = -1; at < length && some !== 0; at += some) {
    some = readSync(descriptor, bytes, at, Math.min(length - at, MOST_BYTES), null);
  }
  return bytes.subarray(0, at);
}

function allocate(length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    const instead = "pass fs.createReadStream(path) to Network.load";
    throw new OutOfMemoryError(`the file's ${length} bytes do not fit into one array; ${instead}`, { cause });
  }
}

/** A path as a string with one character for each byte: so a name that is not UTF-8 stays unchanged. */
type Name = string;

function nameOf(path: unknown): Name {
  let bytes: Uint8Array | undefined;
  if (typeof path === "string") bytes = Buffer.from(path);
  else if (typeNameOf(path) === "Uint8Array") bytes = bytesOf(path);
  else if (
    typeof path === "object" &&
    path !== null &&
    !isRevoked(path) &&
    "protocol" in path &&
    path.protocol === "file:"
  ) {
    bytes = Buffer.from(pathOfURL((path as URL).href));
  }
  if (bytes === undefined || bytes.length === 0 || bytes.includes(0)) {
    throw new OptionError(`path is ${show(path)}; a text without NUL, a file: URL or a Buffer is expected`);
  }
  return Buffer.from(bytes).toString("latin1");
}

function pathOfURL(href: unknown): string {
  try {
    return fileURLToPath(href as string);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OptionError(`path is ${show(href)}, which names no file here: ${reason}`);
  }
}

function bytesOfName(name: Name): Buffer {
  return Buffer.from(name, "latin1");
}

interface Contents {
  readonly length: number;
  /** Can be iterated once. */
  readonly chunks: Iterable<Uint8Array>;
  /** Of the file's head, with zeros for the digest's digits. */
  readonly hash: Hash;
  /** Bytes of the head. */
  readonly start: number;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Reads and checks the header, which must be that of a network's file. */
function open(file: unknown): Contents {
  const chunks = chunksOf(file)[Symbol.iterator]();
  const first: Uint8Array<ArrayBuffer>[] = [];
  for (let [length, wanted] = [0, 8]; length < wanted; ) {
    for (; length < wanted; length += first[first.length - 1]!.length) {
      const next = chunks.next();
      if (next.done) throw new FormatError(`file has ${counted(length, "byte")}; the file of a network has more`);
      first.push(next.value);
    }
    wanted = headerEnd(new Pieces(first));
  }
  const pieces = new Pieces(first);
  const { start, dataBytes, ...header } = readHeader(pieces);
  const { metadata } = header;
  if (!metadata.has("bitgrad") || !metadata.has("sha256")) {
    throw new FormatError('file is no network of bitgrad: its metadata have no "bitgrad" with a "sha256"');
  }
  const length = start + dataBytes;
  const whole = bytesOf(file)?.length ?? length;
  if (whole !== length) throw new FormatError(`file has ${counted(whole, "byte")}; by its header it has ${length}`);
  const hash = nodeHash() ?? new SHA256();
  hash.update(digestedHead(pieces, start, header));
  return { length, chunks: rest(first, chunks), hash, start, metadata };
}

function* rest(first: readonly Uint8Array[], chunks: Iterator<Uint8Array>): Generator<Uint8Array> {
  yield* first;
  for (let next = chunks.next(); !next.done; next = chunks.next()) yield next.value;
}

function* chunksOf(file: unknown): Generator<Uint8Array<ArrayBuffer>> {
  const whole = bytesOf(file);
  if (whole !== undefined) return yield whole;
  checkReadable("file", file);
  const { saveChunks } = Object(file) as { saveChunks?: () => unknown };
  const chunks = typeof saveChunks === "function" ? saveChunks.call(file) : file;
  if (
    typeof chunks !== "object" ||
    typeof (chunks as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== "function"
  ) {
    throw new OptionError(`file is ${show(file)}; a network, or its file from save or saveChunks, is expected`);
  }
  for (const chunk of chunks as Iterable<unknown>) {
    const bytes = bytesOf(chunk);
    if (bytes === undefined) throw new OptionError(`a piece of file is ${show(chunk)}; bytes are expected`);
    yield Array.isArray(chunks) ? bytes : bytes.slice(); // an iterator may fill one buffer again and again
  }
}

/** Throws after the last byte if the file is not what its header says. */
function writeAll(descriptor: number, { length, chunks, hash, start, metadata }: Contents): void {
  let written = 0;
  for (const chunk of chunks) {
    hash.update(chunk.subarray(Math.max(0, Math.min(start - written, chunk.length))));
    for (let at = 0; at < chunk.length; ) {
      at += writeSync(descriptor, chunk, at, Math.min(chunk.length - at, MOST_BYTES));
    }
    written += chunk.length;
  }
  if (written !== length) throw new FormatError(`file has ${counted(written, "byte")}; by its header it has ${length}`);
  checkFound(hash.digest("hex"), metadata);
}

/** Follows symbolic links: the path that they lead to, and its status; undefined if there is no file. */
function follow(path: Name): [target: Name, old: Stats | undefined] {
  let target = path;
  let found = lstatSync(bytesOfName(target), { throwIfNoEntry: false });
  for (let links = 0; found?.isSymbolicLink() && links < LINKS; links++) {
    const folder = realpathSync(bytesOfName(dirname(target)), { encoding: "buffer" }).toString("latin1");
    target = resolve(folder, readlinkSync(bytesOfName(target), { encoding: "buffer" }).toString("latin1"));
    found = lstatSync(bytesOfName(target), { throwIfNoEntry: false });
  }
  return [target, found]; // a link that leads to itself is no file, and can't be opened
}

/** Keeps owner and mode of the old file. The owner comes first, because changing it may change the mode. */
function keep(descriptor: number, old: Stats): void {
  const { uid, gid } = fstatSync(descriptor);
  for (const [owner, group] of [
    [uid, old.gid],
    [old.uid, old.gid],
  ] as const) {
    try {
      if (owner !== uid || group !== gid) fchownSync(descriptor, owner, group);
    } catch {
      // only the superuser may change the owner, and others only to groups that they are in
    }
  }
  fchmodSync(descriptor, old.mode & 0o7777);
}

// process, thread, count, machine
const TEMPORARY = /\.(\d+)-\d+-\d+-([0-9A-Za-z.-]*)\.bitgrad\.tmp$/;

/** Creates a temporary file beside the target, under a name that nobody else uses. */
function createBeside(target: Name, old: Stats | undefined): [temporary: Name, descriptor: number] {
  const start = join(dirname(target), basename(target).slice(0, 100)); // names have 255 bytes at most
  for (let n = 0; ; n++) {
    const temporary = `${start}.${process.pid}-${threadId}-${n}-${machine()}.bitgrad.tmp`;
    try {
      return [temporary, openSync(bytesOfName(temporary), "wx", old === undefined ? 0o666 : old.mode & 0o777)];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

const IDLE_MS = 600_000; // a temporary file that was idle for so long is a leftover, whoever made it
const PAUSE_S = 60; // between two searches of a folder
const looked = new Map<Name, number>();

/** Removes temporary files of killed processes, if permitted; `now` is by the file system's clock. */
function removeLeftovers(folder: Name, now: number): void {
  if (process.uptime() < (looked.get(folder) ?? 0)) return;
  if (looked.size > 1000) looked.clear();
  looked.set(folder, process.uptime() + PAUSE_S);
  try {
    for (const entry of readdirSync(bytesOfName(folder), { encoding: "buffer" })) {
      const path = join(folder, entry.toString("latin1"));
      if (isLeftover(path, now)) rmSync(bytesOfName(path), { force: true });
    }
  } catch {
    // if something is wrong with the folder, the write itself throws
  }
}

function isLeftover(path: Name, now: number): boolean {
  const [, owner, host] = TEMPORARY.exec(path) ?? [];
  const found = owner === undefined ? undefined : lstatSync(bytesOfName(path), { throwIfNoEntry: false });
  if (!found?.isFile()) return false;
  if (now - found.mtimeMs > IDLE_MS) return true;
  if (host === "" || host !== machine()) return false; // another container has processes of the same ids
  if (Number(owner) !== process.pid) return !isAlive(Number(owner));
  // the id is this process's: the file is left over if it is older than the process (Deno's workers don't know that)
  return isMainThread && !("WorkerGlobalScope" in globalThis) && found.mtimeMs < now - process.uptime() * 1000;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
  return true;
}

interface Permissions {
  querySync?(permission: { name: string; kind?: string }): { state: string };
}

let known: string | undefined;

/** The name of this machine or container; "" if Deno would have to ask its user for permission. */
function machine(): string {
  known ??= findMachine();
  return known;
}

function findMachine(): string {
  try {
    const { permissions } = (globalThis as { Deno?: { permissions?: Permissions } }).Deno ?? {};
    const asked = [{ name: "sys", kind: "hostname" }, { name: "run" }];
    if (!asked.every((one) => (permissions?.querySync?.(one).state ?? "granted") === "granted")) return "";
    return hostname()
      .replace(/[^0-9A-Za-z.-]/g, "")
      .slice(-40);
  } catch {
    return "";
  }
}
