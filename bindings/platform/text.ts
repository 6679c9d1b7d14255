// Text as bytes and bytes as text: by the platform where it can, else by hand (bare engines, such as QuickJS, can't).

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** btoa: base64 of bytes that are characters below 256. */
export function toBase64Text(binary: string): string {
  if (typeof btoa === "function") return btoa(binary);
  let text = "";
  for (let i = 0; i < binary.length; i += 3) {
    const [a, b, c] = [0, 1, 2].map((n) => binary.charCodeAt(i + n) || 0) as [number, number, number];
    const bits = (a << 16) | (b << 8) | c;
    const group = [18, 12, 6, 0].map((shift) => LETTERS[(bits >> shift) & 63]).join("");
    text += group.slice(0, Math.min(4, binary.length - i + 1)).padEnd(4, "=");
  }
  return text;
}

/** atob. Throws where the text is not base64. */
export function fromBase64Text(text: string): string {
  if (typeof atob === "function") return atob(text);
  let letters = text.replace(/[\t\n\f\r ]/g, "");
  if (letters.length % 4 === 0) letters = letters.replace(/==?$/, "");
  if (letters.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(letters)) throw new SyntaxError("the text is no base64");
  let binary = "";
  for (let i = 0; i < letters.length; i += 4) {
    let bits = 0;
    for (let n = 0; n < 4; n++) bits = (bits << 6) | Math.max(0, LETTERS.indexOf(letters[i + n] ?? "A"));
    const bytes = String.fromCharCode(bits >> 16, (bits >> 8) & 255, bits & 255);
    binary += bytes.slice(0, Math.min(3, letters.length - i - 1));
  }
  return binary;
}

/** UTF-8. */
export function encodeText(text: string): Uint8Array {
  if (typeof TextEncoder === "function") return new TextEncoder().encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const given = character.codePointAt(0)!;
    const code = given >= 0xd800 && given < 0xe000 ? 0xfffd : given; // half a pair
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else {
      if (code < 0x10000) bytes.push(0xe0 | (code >> 12));
      else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63));
      bytes.push(0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    }
  }
  return Uint8Array.from(bytes);
}

const PIECE = 2 ** 12;

/** Throws where the bytes are not UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  if (typeof TextDecoder === "function") {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  }
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    let end = Math.min(at + PIECE, bytes.length);
    while (end < bytes.length && end < at + PIECE + 4 && (bytes[end]! & 0xc0) === 0x80) end++; // no character in two
    const piece = Array.from(bytes.subarray(at, end), (byte) => `%${byte.toString(16).padStart(2, "0")}`);
    text += decodeURIComponent(piece.join(""));
    at = end;
  }
  return text;
}
