// Threefry-2x32 with 20 rounds (Salmon et al., SC 2011): every number is a pure function of seed, stream and position.
//   key     = (seed mod 2^32, floor(seed / 2^32) + stream · 2^24)
//   counter = (block, index): the index is the layer (initialization), the epoch (shuffle), or 0 (split)

import { type IsTime, inSlices } from "./rows.ts";

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];

/** One block: two unsigned 32-bit words. */
export function threefry(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
  const keys = [key0, key1, 0x1bd11bda ^ key0 ^ key1];
  let a = (counter0 + key0) | 0;
  let b = (counter1 + key1) | 0;
  for (let round = 0; round < 20; round++) {
    const distance = ROTATIONS[round % 8]!;
    a = (a + b) | 0;
    b = ((b << distance) | (b >>> (32 - distance))) ^ a;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      a = (a + keys[injection % 3]!) | 0;
      b = (b + keys[(injection + 1) % 3]! + injection) | 0;
    }
  }
  return [a >>> 0, b >>> 0];
}

/** A block of one of the seed's streams. */
export function streamBlock(seed: number, stream: number, counter0: number, counter1: number): [number, number] {
  return threefry(seed | 0, Math.floor(seed / 4294967296) | (stream << 24), counter0, counter1);
}

/** The uniform number in [0, 1) of such a block. */
export function uniform(seed: number, stream: number, counter0: number, counter1: number): number {
  const [a, b] = streamBlock(seed, stream, counter0, counter1);
  return ((a >>> 5) * 67108864 + (b >>> 6)) * 1.1102230246251565e-16;
}

const DRAW_WIDTH = 16; // drawing a place takes as long as copying so many elements

/** Fisher–Yates from the top; j is drawn from i + 1. */
export function* shuffle(
  order: Uint32Array,
  seed: number,
  stream: number,
  epoch: number,
  isTime?: IsTime,
): Generator<undefined, void> {
  for (let i = 0; i < order.length; i++) order[i] = i;
  yield* shuffling(order, new Draws(seed, stream, epoch), isTime);
}

/** Whole numbers that a stream's words of an epoch decide, one after another. */
export class Draws {
  readonly #seed: number;
  readonly #epoch: number;
  readonly #stream: number;
  #counter = 0;
  #word: number | undefined; // the block's second, if it is not used yet

  constructor(seed: number, stream: number, epoch: number) {
    this.#seed = seed;
    this.#epoch = epoch;
    this.#stream = stream;
  }

  /** The next word mod `choices`, passing over words that would favor some results. */
  below(choices: number): number {
    const limit = 4294967296 - (4294967296 % choices);
    for (;;) {
      let word = this.#word;
      if (word === undefined) [word, this.#word] = streamBlock(this.#seed, this.#stream, this.#counter++, this.#epoch);
      else this.#word = undefined;
      if (word < limit) return word % choices;
    }
  }
}

/** Shuffles what is there. */
export function* shuffling(order: Uint32Array, draws: Draws, isTime?: IsTime): Generator<undefined, void> {
  const draw = (first: number, count: number) => {
    const top = order.length - 1 - first;
    for (let i = top; i > top - count; i--) {
      const j = draws.below(i + 1);
      const swapped = order[i]!;
      order[i] = order[j]!;
      order[j] = swapped;
    }
  };
  // a second generator would take as long as the order of a few rows
  if (isTime === undefined) draw(0, order.length - 1);
  else yield* inSlices(isTime, order.length - 1, draw, DRAW_WIDTH);
}
