// ZIP archives for tests: with any field of the directory changed, and what is in those that Python wrote.

/** Fields of the last file's entry. */
interface Fields {
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly compressed?: number;
  readonly size?: number;
  readonly nameBytes?: number;
  readonly local?: number;
  /** Of the directory, in the record at the end. */
  readonly start?: number;
}

function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const little = (value: number, bytes: number) =>
  Array.from({ length: bytes }, (_, n) => Math.floor(value / 256 ** n) % 256);

/** The files, stored. */
export function zip(
  files: readonly (readonly [string, Uint8Array | string])[],
  fields: Fields = {},
): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder();
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let length = 0;
  files.forEach(([name, content], n) => {
    const data = typeof content === "string" ? text.encode(content) : content;
    const wanted = n === files.length - 1 ? fields : {};
    const { method = 0, flags = 0, crc = checksum(data), compressed = data.length, size = data.length } = wanted;
    const { nameBytes = name.length, local = length } = wanted;
    const shared = [...little(20, 2), ...little(flags, 2), ...little(method, 2), ...little(0, 4), ...little(crc, 4)];
    const sizes = [...little(compressed, 4), ...little(size, 4)];
    const entry = [0x50, 0x4b, 1, 2, ...little(20, 2), ...shared, ...sizes, ...little(nameBytes, 2), ...little(0, 12)];
    directory.push(Uint8Array.from([...entry, ...little(local, 4), ...text.encode(name)]));
    const head = [0x50, 0x4b, 3, 4, ...shared, ...sizes, ...little(name.length, 2), ...little(0, 2)];
    parts.push(Uint8Array.from([...head, ...text.encode(name)]), data);
    length += head.length + name.length + data.length;
  });
  const { start = length } = fields;
  const directoryBytes = directory.reduce((sum, part) => sum + part.length, 0);
  const counts = [...little(files.length, 2), ...little(files.length, 2), ...little(directoryBytes, 4)];
  const end = Uint8Array.from([0x50, 0x4b, 5, 6, ...little(0, 4), ...counts, ...little(start, 4), ...little(0, 2)]);
  return Uint8Array.from(Buffer.concat([...parts, ...directory, end]));
}

/** Of an archive that is right, in which files are stored one after the other. */
export function filesIn(archive: Uint8Array): Record<string, Uint8Array> {
  const view = new DataView(archive.buffer, archive.byteOffset);
  const files: Record<string, Uint8Array> = {};
  for (let at = 0; view.getUint32(at, true) === 0x04034b50; ) {
    const [size, nameBytes, extra] = [
      view.getUint32(at + 18, true),
      view.getUint16(at + 26, true),
      view.getUint16(at + 28, true),
    ];
    const start = at + 30 + nameBytes + extra;
    files[new TextDecoder().decode(archive.subarray(at + 30, at + 30 + nameBytes))] = archive.slice(
      start,
      start + size,
    );
    at = start + size;
  }
  return files;
}
