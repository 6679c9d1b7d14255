// Bytes as text that gzip and brotli shrink almost as well as the bytes: the most frequent ones are one printable ASCII
// letter each, the others two. (In hexadecimal the entry is 4 % larger as it is delivered, in base64 20 %, since base64
// hides repeated sequences.)
//
//   text = the SINGLE most frequent bytes, in hexadecimal; then every byte as a letter, or as a prefix and a letter

const SINGLE = 91; // of the 93 printable letters but " and \; the last two are the prefixes
const HEADER = 2 * SINGLE;

/** The letter of a number below 93. */
function letter(index: number): string {
  const code = index + 32 + (index >= 2 ? 1 : 0);
  return String.fromCharCode(code + (code >= 92 ? 1 : 0));
}

function indexAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code - 32 - (code > 34 ? 1 : 0) - (code > 92 ? 1 : 0);
}

/** All bytes: the given ones, then the others in order. */
function alphabet(first: readonly number[]): number[] {
  return [...new Set([...first, ...Array(256).keys()])];
}

export function encodeBytes(bytes: Uint8Array): string {
  const counts = new Array<number>(256).fill(0);
  for (const byte of bytes) counts[byte]!++;
  const frequent = alphabet([])
    .sort((a, b) => counts[b]! - counts[a]!)
    .slice(0, SINGLE);
  const places = alphabet(frequent);
  const words = Array.from({ length: 256 }, (_, byte) => {
    const place = places.indexOf(byte);
    return place < SINGLE ? letter(place) : letter(SINGLE - 1 + Math.floor(place / SINGLE)) + letter(place % SINGLE);
  });
  const header = frequent.map((byte) => byte.toString(16).padStart(2, "0"));
  return [...header, ...Array.from(bytes, (byte) => words[byte])].join("");
}

export function decodeBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  const places = alphabet(Array.from({ length: SINGLE }, (_, n) => Number.parseInt(text.slice(2 * n, 2 * n + 2), 16)));
  for (let at = HEADER; at < text.length; at++) {
    const index = indexAt(text, at);
    bytes.push(places[index < SINGLE ? index : (index - SINGLE + 1) * SINGLE + indexAt(text, ++at)]!);
  }
  return Uint8Array.from(bytes);
}
