// 1,797 handwritten digits, 8 × 8 pixels of 0 … 16, one a line with its label last; every fifth is held out for
// testing. Source: UCI "Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak, CC BY 4.0, its test part
// as distributed with scikit-learn.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { TypedMatrix } from "bitgrad";

export const PIXELS = 64;

export interface Digits {
  /** Pixels as 0 … 1. */
  readonly x: TypedMatrix<Float32Array>;
  readonly labels: Uint8Array;
}

export function readDigits(): { train: Digits; test: Digits } {
  const csv = gunzipSync(readFileSync(new URL("digits.csv.gz", import.meta.url))).toString();
  const rows = csv
    .trimEnd()
    .split("\n")
    .map((line) => line.split(",").map(Number));
  return {
    train: toDigits(rows.filter((_, s) => s % 5 !== 4)),
    test: toDigits(rows.filter((_, s) => s % 5 === 4)),
  };
}

function toDigits(rows: number[][]): Digits {
  return {
    x: {
      data: Float32Array.from(rows.flatMap((row) => row.slice(0, PIXELS).map((pixel) => pixel / 16))),
      shape: [rows.length, PIXELS],
    },
    labels: Uint8Array.from(rows, (row) => row[PIXELS]!),
  };
}
