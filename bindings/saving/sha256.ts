// SHA-256 in hex: the platform's where that is faster, else our own. No other file may say `crypto`, whose random
// numbers differ from run to run; SHA-256 leaves a platform no choice.

import { nodeModule } from "../platform/workers.ts";
import type { Wait } from "../promises.ts";
import { atOnce, type IsTime, inSlices } from "../rows.ts";

// bytes: from here on the platform's is faster even in a first call, which loads it in some ms
const LARGE = 2 ** 12;
const PIECE = 2 ** 16; // bytes: Node takes less than 2^31 at once

/** Of bytes, or of those of several arrays, one after the other. */
export function digest(bytes: Uint8Array | readonly Uint8Array[]): string {
  return atOnce(digesting(bytes instanceof Uint8Array ? [bytes] : bytes, undefined));
}

let short: SHA256 | undefined;

/**
 * `digest` that yields where it is time to, or, in a browser, the promise of its result. Until it returns, nobody else
 * may write to the bytes.
 */
export function* digesting(parts: readonly Uint8Array[], isTime: IsTime): Generator<Wait, string, unknown> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length < LARGE) {
    short ??= new SHA256(); // a new one would take as long as the sum of some blocks
    for (const part of parts) short.update(part);
    return short.digest();
  }
  const hash = nodeHash();
  if (hash === undefined && isTime !== undefined && parts.length === 1) {
    const found = yield webDigest(parts[0] as Uint8Array<ArrayBuffer>);
    if (found !== undefined) return found as string;
  }
  const sha256 = hash ?? new SHA256();
  for (const part of parts) {
    const update = (first: number, count: number) => {
      for (let at = first; at < first + count; at++) sha256.update(part.subarray(at * PIECE, (at + 1) * PIECE));
    };
    yield* inSlices(isTime, Math.ceil(part.length / PIECE), update, PIECE);
  }
  return sha256.digest("hex");
}

/** That of browsers works in another thread, but copies the bytes at once in this one. */
async function webDigest(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  try {
    const view = new DataView(await crypto.subtle.digest("SHA-256", bytes));
    return inHex(Int32Array.from({ length: 8 }, (_, n) => view.getInt32(4 * n)));
  } catch {
    return undefined; // pages without https have none
  }
}

export interface Hash {
  update(bytes: Uint8Array): void;
  digest(encoding: "hex"): string;
}

/** That of Node, Deno or Bun. */
export function nodeHash(): Hash | undefined {
  try {
    return (nodeModule("crypto") as { createHash(algorithm: "sha256"): Hash }).createHash("sha256");
  } catch {
    return undefined; // there is no such thing, or it has no crypto
  }
}

/** SHA-256 by FIPS 180-4, whose names its variables have. */
export class SHA256 {
  /** Bytes so far. */
  length = 0;
  readonly #state = constants().start.slice();
  readonly #block = new Uint8Array(BLOCK);

  update(bytes: Uint8Array): void {
    const block = this.#block;
    let filled = this.length % BLOCK;
    this.length += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      if (filled === 0 && bytes.length - at >= BLOCK) {
        compress(this.#state, bytes, at);
        at += BLOCK;
      } else {
        block[filled++] = bytes[at++]!;
        if (filled === BLOCK) compress(this.#state, block, 0);
        filled %= BLOCK;
      }
    }
  }

  /** In hex; then it begins anew. */
  digest(_encoding?: "hex"): string {
    const block = this.#block;
    let filled = this.length % BLOCK;
    block[filled++] = 0x80;
    block.fill(0, filled);
    if (filled > BLOCK - 8) {
      compress(this.#state, block, 0);
      block.fill(0);
    }
    // the length in bits, of which a byte keeps the lowest eight
    for (let n = BLOCK, bits = this.length * 8; bits >= 1; bits /= 256) block[--n] = bits;
    compress(this.#state, block, 0);
    const sum = inHex(this.#state);
    this.#state.set(constants().start);
    this.length = 0;
    return sum;
  }
}

const BLOCK = 64; // bytes

/** By halves of words: numbers of 32 bits take V8 longer. */
function inHex(words: Int32Array): string {
  let text = "";
  for (const word of words) text += hex(word >>> 16) + hex(word & 0xffff);
  return text;
}

function hex(half: number): string {
  return (0x10000 + half).toString(16).slice(1);
}

/** Of one block. Every sum is cut to 32 bits at once: so engines add in integers. */
function compress(state: Int32Array, bytes: Uint8Array, at: number): void {
  const { rounds, w } = constants();
  for (let t = 0; t < 16; t++, at += 4) {
    w[t] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15]!;
    const y = w[t - 2]!;
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[t] = ((w[t - 16]! + s0) | 0) + ((w[t - 7]! + s1) | 0);
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let t = 0; t < 64; t++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const choice = (e & f) ^ (~e & g);
    const t1 = (((h + s1) | 0) + ((choice + ((rounds[t]! + w[t]!) | 0)) | 0)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + ((s0 + majority) | 0)) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}

function rotate(x: number, n: number): number {
  return (x >>> n) | (x << (32 - n));
}

interface Constants {
  /** The first 32 bits of the fractional parts of the square roots of the first 8 primes. */
  readonly start: Int32Array;
  /** The same of the cube roots of the first 64. */
  readonly rounds: Int32Array;
  /** Room for the words of a block. */
  readonly w: Int32Array;
}

let known: Constants | undefined;

/** Found at the first call: a table of them is larger. */
export function constants(): Constants {
  if (known !== undefined) return known;
  const primes: number[] = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime > 0)) primes.push(n);
  known = {
    // an IEEE root is exact to 53 bits; an array of words drops what is above and below its 32
    start: Int32Array.from(primes.slice(0, 8), (prime) => Math.sqrt(prime) * 2 ** 32),
    rounds: Int32Array.from(primes, cubeRootBits),
    w: new Int32Array(64),
  };
  return known;
}

/** The cube root · 2^32, rounded down, as a word: Newton's method in integers, which falls until it is there. */
function cubeRootBits(prime: number): number {
  const cube = BigInt(prime) << BigInt(96);
  let root: bigint;
  let next = BigInt(2 ** 35); // the root of 512, which is more than the largest prime
  do {
    root = next;
    next = (root + root + cube / (root * root)) / BigInt(3);
  } while (next < root);
  return Number(BigInt.asIntN(32, root));
}
