// Numbers that look random and are the same on every machine.

/** Marsaglia's xorshift32, as numbers in [0, 1). */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
