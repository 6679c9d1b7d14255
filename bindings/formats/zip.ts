// The files in a ZIP archive, stored or deflated, each checked by its CRC-32.

import { show } from "../checks.ts";
import { FormatError } from "../errors.ts";
import { allocate } from "../saving/pieces.ts";

/** A file in an archive. */
interface Entry {
  readonly method: number;
  readonly crc: number;
  /** Compressed. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly size: number;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;
const STORED = 0;
const DEFLATED = 8;
const MAX_COMMENT = 0xffff;
const MAX_NAME = 1000;
const MOST_TIMES = 200; // that a file may be larger than its compressed bytes
const FREE_BYTES = 2 ** 20; // that it may always have

/** Whether these are the first four bytes of an archive. */
export function isArchive(start: Uint8Array): boolean {
  return String(start) === "80,75,3,4";
}

/** Opens an archive. What it returns reads a file, or throws a FormatError if there is none, or it is damaged. */
export function openArchive(file: Uint8Array<ArrayBuffer>): (name: string) => Promise<Uint8Array<ArrayBuffer>> {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const entries = new Map<string, Entry>();
  const end = endOf(view);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  for (let n = 0; n < count; n++) {
    const { name, next, ...entry } = entryAt(file, view, at, end);
    if (entries.has(name)) throw new FormatError(`two files are named ${show(name)}; one is expected`);
    entries.set(name, entry);
    at = next;
  }
  return async (name) => {
    const refuse = (words: string, cause?: unknown): never => {
      throw new FormatError(`${show(name)} ${words}`, { cause });
    };
    const { method, bytes, size, crc } = entries.get(name) ?? refuse("is not in the archive");
    if (method !== STORED && method !== DEFLATED) {
      refuse(`is stored by method ${method}; 0 or 8 without encryption is expected`);
    }
    if (size > FREE_BYTES + MOST_TIMES * bytes.length) {
      refuse(`is ${size} bytes in ${bytes.length}; ${MOST_TIMES} times as many are read at most`);
    }
    const found =
      method === STORED
        ? bytes
        : await inflated(bytes, size).catch((cause) => refuse(`can't be inflated: ${cause}`, cause));
    if (found.length !== size || checksum(found) !== crc) refuse("is damaged: its length or CRC-32 is another");
    return found;
  };
}

/** Where the last record is, before a comment. */
function endOf(view: DataView): number {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= 0 && at >= last - MAX_COMMENT; at--) {
    if (view.getUint32(at, true) === END && last - at === view.getUint16(at + 20, true)) return at;
  }
  throw new FormatError("the file is neither HDF5 nor a whole ZIP archive; a model of Keras is expected");
}

function entryAt(
  file: Uint8Array<ArrayBuffer>,
  view: DataView,
  at: number,
  end: number,
): Entry & { readonly name: string; readonly next: number } {
  const whole = (offset: number) => view.getUint32(offset, true);
  const half = (offset: number) => view.getUint16(offset, true);
  const check = (isRight: boolean, place: number, what: string) => {
    if (!isRight) throw new FormatError(`the archive has no ${what} at byte ${place}; one is expected`);
  };
  check(at + 46 <= end && whole(at) === CENTRAL, at, "entry");
  const start = at + 46;
  const nameEnd = start + half(at + 28);
  const next = nameEnd + half(at + 30) + half(at + 32);
  check(next <= end, at, "whole entry");
  const local = whole(at + 42);
  check(local + 30 <= at && whole(local) === LOCAL, local, "file");
  const begin = local + 30 + half(local + 26) + half(local + 28);
  const bytes = file.subarray(begin, begin + whole(at + 20));
  check(bytes.length === whole(at + 20), begin, "whole file");
  const isEncrypted = (half(at + 8) & 1) === 1;
  // names that are no text are none that is looked for
  const name = String.fromCharCode(...file.subarray(start, Math.min(nameEnd, start + MAX_NAME)));
  return { name, next, method: isEncrypted ? -1 : half(at + 10), crc: whole(at + 16), bytes, size: whole(at + 24) };
}

/** By the platform; it ends where the file is longer than it says. */
async function inflated(bytes: Uint8Array<ArrayBuffer>, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const found = allocate(size);
  let length = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    found.set(next.value, length); // which throws beyond the end
    length += next.value.length;
  }
  return found.subarray(0, length);
}

let table: Uint32Array | undefined;

/** CRC-32 of ISO 3309, as in gzip and PNG. */
function checksum(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, n) => {
    for (let k = 0; k < 8; k++) n = (n & 1) === 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
    return n;
  });
  let crc = -1;
  for (let at = 0; at < bytes.length; at++) crc = table[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
