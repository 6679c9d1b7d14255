// The files in a ZIP archive (PKWARE's APPNOTE 6.3), stored or deflated, each checked by its CRC-32.

import { show } from "../checks.ts";
import { EngineError, FormatError } from "../errors.ts";
import { decodeText } from "../platform/text.ts";
import { allocate } from "../saving/pieces.ts";

/** A file in an archive. */
interface Entry {
  readonly name: string;
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
const MOST_TIMES = 200; // that a file may be larger than its compressed bytes
const FREE_BYTES = 2 ** 20; // that it may always have

/** An archive that was opened. */
export class Archive {
  readonly #entries = new Map<string, Entry>();

  constructor(file: Uint8Array<ArrayBuffer>) {
    const view = new DataView(file.buffer, file.byteOffset, file.length);
    const end = endOf(view);
    const count = view.getUint16(end + 10, true);
    let at = view.getUint32(end + 16, true);
    for (let n = 0; n < count; n++) {
      const { entry, next } = entryAt(file, view, at, end);
      if (this.#entries.has(entry.name))
        throw new FormatError(`two files are named ${show(entry.name)}; one is expected`);
      this.#entries.set(entry.name, entry);
      at = next;
    }
  }

  /** @throws FormatError if there is no such file, or it is damaged */
  async read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const entry = this.#entries.get(name);
    if (entry === undefined) {
      const names = [...this.#entries.keys()].slice(0, 8).map((other) => show(other));
      throw new FormatError(`there is no file ${show(name)} in the archive; it has ${names.join(", ") || "none"}`);
    }
    const { method, bytes, size, crc } = entry;
    if (method !== STORED && method !== DEFLATED) {
      throw new FormatError(`${show(name)} is compressed by method ${method}; 0, stored, or 8, deflated, is expected`);
    }
    const found = method === STORED ? bytes : await inflated(name, bytes, size);
    if (found.length !== size) {
      throw new FormatError(`${show(name)} has ${found.length} bytes; ${size} are expected`);
    }
    const sum = checksum(found);
    if (sum !== crc) throw new FormatError(`${show(name)} is damaged: its CRC-32 is ${sum}, not ${crc}`);
    return found;
  }
}

/** Where the last record is, before a comment. */
function endOf(view: DataView): number {
  for (let at = view.byteLength - END_BYTES; at >= 0 && at >= view.byteLength - END_BYTES - MAX_COMMENT; at--) {
    if (view.getUint32(at, true) === END && at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength)
      return at;
  }
  throw new FormatError("the archive has no end; it is cut, or no ZIP archive");
}

function entryAt(
  file: Uint8Array<ArrayBuffer>,
  view: DataView,
  at: number,
  end: number,
): { readonly entry: Entry; readonly next: number } {
  if (at + 46 > end || view.getUint32(at, true) !== CENTRAL) {
    throw new FormatError(`the archive has no entry at byte ${at}; one is expected`);
  }
  const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
  const [crc, compressed, size] = [16, 20, 24].map((offset) => view.getUint32(at + offset, true)) as [
    number,
    number,
    number,
  ];
  const [nameBytes, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true)) as [
    number,
    number,
    number,
  ];
  const local = view.getUint32(at + 42, true);
  const next = at + 46 + nameBytes + extra + comment;
  if (next > end) throw new FormatError(`the archive's entry at byte ${at} is longer than the archive`);
  const name = nameOf(file.subarray(at + 46, at + 46 + nameBytes));
  if ((flags & 1) !== 0) throw new FormatError(`${show(name)} is encrypted; that can't be read`);
  if (local + 30 > at || view.getUint32(local, true) !== LOCAL) {
    throw new FormatError(`${show(name)} isn't at byte ${local}; it is expected there`);
  }
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (start + compressed > file.length) {
    throw new FormatError(`${show(name)} has ${compressed} bytes from ${start} on; the archive has ${file.length}`);
  }
  if (size > FREE_BYTES + MOST_TIMES * compressed) {
    throw new FormatError(
      `${show(name)} is ${size} bytes in ${compressed}; ${MOST_TIMES} times as many are read at most`,
    );
  }
  const bytes = file.subarray(start, start + compressed);
  return { entry: { name, method, crc, bytes, size }, next };
}

function nameOf(bytes: Uint8Array): string {
  try {
    return decodeText(bytes);
  } catch (cause) {
    throw new FormatError("a name in the archive is no UTF-8 text", { cause });
  }
}

/** By the platform; it ends where the file is longer than it says. */
async function inflated(name: string, bytes: Uint8Array<ArrayBuffer>, size: number): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof DecompressionStream !== "function") {
    throw new EngineError(`${show(name)} is compressed, and this platform has no DecompressionStream`);
  }
  const stream = new DecompressionStream("deflate-raw");
  const writer = stream.writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close());
  written.catch(() => {}); // the reader gets the same error
  const reader = stream.readable.getReader();
  const found = allocate(size);
  let length = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const { value } = next;
      if (length + value.length > size) throw new FormatError(`it has more than ${size} bytes`);
      found.set(value, length);
      length += value.length;
    }
    await written;
  } catch (cause) {
    reader.cancel().catch(() => {});
    const reason = cause instanceof Error ? cause.message : show(cause);
    throw new FormatError(`${show(name)} can't be inflated: ${reason}`, { cause });
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
