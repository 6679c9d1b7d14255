// What was drawn by hand as a row of the digits' data: the drawing as 32 × 32 points of ink or none, as large as it
// fits, and of each square of 4 × 4 points how many have ink (UCI, Optical Recognition of Handwritten Digits).

/** Points of a stroke: x and y by turns, in any unit. */
export type Stroke = readonly number[];

const SIDE = 32;
const CELL = 4;
const WIDEST = 26; // of 32 columns; a scanned digit is taller than wide

/** 64 numbers from 0 to 16, row by row from the top; undefined if nothing was drawn. */
export function sampleDigit(strokes: readonly Stroke[], pen: number): Float64Array | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const stroke of strokes) {
    for (let k = 0; k + 1 < stroke.length; k += 2) {
      left = Math.min(left, stroke[k]!);
      right = Math.max(right, stroke[k]!);
      top = Math.min(top, stroke[k + 1]!);
      bottom = Math.max(bottom, stroke[k + 1]!);
    }
  }
  if (left > right) return undefined;
  const scale = Math.min(SIDE / (bottom - top + pen), WIDEST / (right - left + pen));
  const [middleX, middleY] = [(left + right) / 2, (top + bottom) / 2];
  const place = (x: number, y: number) => [(x - middleX) * scale + SIDE / 2, (y - middleY) * scale + SIDE / 2] as const;
  const radius = Math.max(1.5, Math.min(2.2, (pen * scale) / 2)); // ink of the data's own width
  const ink = new Uint8Array(SIDE * SIDE);
  for (const stroke of strokes) {
    let [x, y] = place(stroke[0]!, stroke[1]!);
    dot(ink, x, y, radius);
    for (let k = 2; k + 1 < stroke.length; k += 2) {
      const [nextX, nextY] = place(stroke[k]!, stroke[k + 1]!);
      const steps = Math.max(1, Math.ceil(Math.max(Math.abs(nextX - x), Math.abs(nextY - y)) * 2));
      for (let n = 1; n <= steps; n++) dot(ink, x + ((nextX - x) * n) / steps, y + ((nextY - y) * n) / steps, radius);
      [x, y] = [nextX, nextY];
    }
  }
  const counts = new Float64Array((SIDE / CELL) ** 2);
  ink.forEach((has, k) => {
    const [row, column] = [Math.floor(k / SIDE), k % SIDE];
    counts[Math.floor(row / CELL) * (SIDE / CELL) + Math.floor(column / CELL)]! += has;
  });
  return counts;
}

/** Ink at all points whose middle is in the circle. */
function dot(ink: Uint8Array, x: number, y: number, radius: number): void {
  for (let row = Math.max(0, Math.floor(y - radius)); row <= Math.min(SIDE - 1, y + radius); row++) {
    for (let column = Math.max(0, Math.floor(x - radius)); column <= Math.min(SIDE - 1, x + radius); column++) {
      const [dx, dy] = [column + 0.5 - x, row + 0.5 - y];
      if (dx * dx + dy * dy <= radius * radius) ink[row * SIDE + column] = 1;
    }
  }
}
