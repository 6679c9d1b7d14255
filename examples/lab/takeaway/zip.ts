// Several files as one: a ZIP archive without compression, as small as its form allows.

const encoder = new TextEncoder();

/** The archive of files by their names. Equal files give equal bytes: there is no time in it. */
export function zipOf(files: Readonly<Record<string, Uint8Array>>): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(files).map(([name, bytes]) => ({
    name: encoder.encode(name),
    bytes,
    crc: crc32(bytes),
  }));
  const pieces: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let at = 0;
  for (const { name, bytes, crc } of entries) {
    // version 2.0, names in UTF-8, stored, 1980-01-01
    const common = [20, 0, 0, 8, 0, 0, 0, 0, 33, 0, ...word(crc), ...word(bytes.length), ...word(bytes.length)];
    const named = [...half(name.length), 0, 0];
    central.push(Uint8Array.of(0x50, 0x4b, 1, 2, 20, 0, ...common, ...named, ...Array(10).fill(0), ...word(at)), name);
    pieces.push(Uint8Array.of(0x50, 0x4b, 3, 4, ...common, ...named), name, bytes);
    at += 30 + name.length + bytes.length;
  }
  const size = central.reduce((sum, piece) => sum + piece.length, 0);
  const count = half(entries.length);
  const end = Uint8Array.of(0x50, 0x4b, 5, 6, 0, 0, 0, 0, ...count, ...count, ...word(size), ...word(at), 0, 0);
  return joined([...pieces, ...central, end]);
}

const half = (value: number) => [value & 255, (value >> 8) & 255];
const word = (value: number) => [...half(value & 65535), ...half(value >>> 16)];

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function crc32(bytes: Uint8Array): number {
  const table = Uint32Array.from({ length: 256 }, (_, n) => {
    let value = n;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ table[(crc ^ byte) & 255]!;
  return (crc ^ 0xffffffff) >>> 0;
}
