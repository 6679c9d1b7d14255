// Numbers of 16 bits as binary32, which has them all.

/** Fills the array with the little-endian numbers of all parts, one after the other. */
export function widen(
  numbers: Float32Array,
  parts: readonly Uint8Array[],
  toBits: (bits: number) => number = halfBits,
): void {
  const words = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
  let n = 0;
  let low = -1; // a part may end in the middle of a number
  for (const part of parts) {
    for (let at = 0; at < part.length; at++) {
      if (low < 0) low = part[at]!;
      else {
        words[n++] = toBits(low | (part[at]! << 8));
        low = -1;
      }
    }
  }
}

/** The bits as binary32 of a binary16 number. */
function halfBits(bits: number): number {
  const sign = (bits & 0x8000) << 16;
  let exponent = (bits >> 10) & 31;
  let fraction = bits & 0x3ff;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  for (exponent = 113; fraction < 0x400; exponent--) fraction <<= 1; // subnormal: shifted until its first bit is 1
  return sign | (exponent << 23) | ((fraction & 0x3ff) << 13);
}
