// Random numbers by a seed, the same everywhere: bitgrad's generator, and + − × ÷ alone.

import type { Operations } from "bitgrad";

export interface Draw {
  /** From 0 to below 1. */
  uniform(): number;
  /** With mean 0 and deviation 1, between ±3.5: nearly a normal distribution. */
  normal(): number;
}

export function drawing(op: Operations, seed: number): Draw {
  let count = 0;
  const key = [seed % 2 ** 32, Math.floor(seed / 2 ** 32)] as const;
  const words = () => op.threefry(key, [count++, 0]);
  return {
    uniform: () => words()[0] / 2 ** 32,
    normal() {
      const [a, b] = words(); // four numbers of 16 bits, whose sum has nearly the normal distribution
      const sum = Math.floor(a / 65536) + (a % 65536) + Math.floor(b / 65536) + (b % 65536);
      return (sum / 65536 - 2) * 1.7320508075688772;
    },
  };
}
