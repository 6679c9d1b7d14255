// Tensors as text, as TensorFlow.js prints them: seven decimals, columns one below the other, long axes cut.

import { last, sizeOf } from "../numbers.ts";
import type { Numbers } from "./operations.ts";

const SHOWN = 20; // an axis of more is cut
const ENDS = 3; // what is left of it on either side
const DECIMALS = 7;

/** The numbers of a tensor as text; `isVerbose`: with dtype, rank and shape. */
export function textOf({ data, dtype, shape }: Numbers, isVerbose: boolean): string {
  const cell = (at: number) => {
    const value = data[at]!;
    if (dtype === "bool") return String(value !== 0);
    return String(shape.length === 0 ? value : Number.parseFloat(value.toFixed(DECIMALS)));
  };
  const linesOf = (axis: number, from: number, isLast: boolean): string[] => {
    const rank = shape.length - axis;
    if (rank === 0) return [cell(from)];
    const size = shape[axis]!;
    const places = placesOf(size);
    if (rank === 1) {
      const cells = places.map((n) => (n === undefined ? "..." : cell(from + n).padEnd(widths[n]!)));
      return [`[${cells.join(", ")}]`];
    }
    const length = sizeOf(shape.slice(axis + 1));
    const lines = places.flatMap((n) =>
      n === undefined ? ["..."] : linesOf(axis + 1, from + n * length, n === size - 1),
    );
    const comma = rank === 2 ? "," : "";
    const set = lines.map((line, n) =>
      n === 0 ? `[${line}${comma}` : n < lines.length - 1 ? ` ${line}${comma}` : line,
    );
    const end = isLast ? "" : `,${"\n".repeat(rank - 1)}`;
    // a single line gets both, as there
    return [...set.slice(0, -1), ` ${set.length > 0 ? last(set) : "["}]${end}`];
  };
  const columns = shape[shape.length - 1] ?? 0;
  const widths = new Array<number>(columns).fill(0);
  if (shape.length > 1) {
    const shown = placesOf(columns);
    for (let at = 0; at < data.length; at += columns) {
      for (const n of shown) if (n !== undefined) widths[n] = Math.max(widths[n]!, cell(at + n).length);
    }
  }
  const head = isVerbose ? [`  dtype: ${dtype}`, `  rank: ${shape.length}`, `  shape: [${shape}]`, "  values:"] : [];
  return ["Tensor", ...head, ...linesOf(0, 0, true).map((line) => `    ${line}`)].join("\n");
}

/** The indexes along an axis that are shown; undefined for what is left out. */
function placesOf(length: number): (number | undefined)[] {
  if (length <= SHOWN) return Array.from({ length }, (_, n) => n);
  const ends = Array.from({ length: ENDS }, (_, n) => n);
  return [...ends, undefined, ...ends.map((n) => length - ENDS + n)];
}
