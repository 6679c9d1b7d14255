// 1,797 handwritten digits of 8 × 8 pixels. examples/digits has the file, and says where it is from.

export const DIGITS = 1797;
const PIXELS = 64;
const ZERO = 48; // the character "0"; "@" is 16

/** The file's text, with a character for each pixel and label: what a page loads. */
export function packDigits(csv: string): string {
  return csv
    .trim()
    .split(/[\n,]/)
    .map((cell) => String.fromCharCode(ZERO + Number(cell)))
    .join("");
}

/** Pixels as 0 to 1, and labels, of the first rows. */
export function digits(packed: string, rows: number): { readonly x: Float64Array; readonly y: Float64Array } {
  const value = (row: number, column: number) => packed.charCodeAt(row * (PIXELS + 1) + column) - ZERO;
  const x = new Float64Array(rows * PIXELS);
  for (let n = 0; n < x.length; n++) x[n] = value(Math.floor(n / PIXELS), n % PIXELS) / 16;
  return { x, y: Float64Array.from({ length: rows }, (_, row) => value(row, PIXELS)) };
}

/** The same rows as the file has them, for whoever takes the data away. */
export function digitsAsCSV(packed: string): string {
  const row = (n: number) =>
    [...packed.slice(n * (PIXELS + 1), (n + 1) * (PIXELS + 1))].map((c) => c.charCodeAt(0) - ZERO);
  return Array.from({ length: packed.length / (PIXELS + 1) }, (_, n) => `${row(n).join(",")}\n`).join("");
}
