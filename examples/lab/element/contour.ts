// Where a function on a grid has one value: straight pieces by marching squares.

/**
 * The pieces of a contour, four numbers each: x and y of both ends, in steps of the grid from its first point.
 *
 * @param data - side × side numbers, row by row.
 */
export function contour(data: ArrayLike<number>, side: number, level: number, { offset = 0, stride = 1 } = {}) {
  const pieces: number[] = [];
  const at = (row: number, column: number) => data[offset + (row * side + column) * stride]! - level;
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const corners = [at(row, column), at(row, column + 1), at(row + 1, column + 1), at(row + 1, column)] as const;
      addCell(pieces, corners, column, row);
    }
  }
  return pieces;
}

type Corners = readonly [topLeft: number, topRight: number, bottomRight: number, bottomLeft: number];

/** Of one cell: where its sides are crossed, two by two. */
function addCell(pieces: number[], [a, b, c, d]: Corners, x: number, y: number): void {
  const crossings: (readonly [number, number])[] = [];
  if (a < 0 !== b < 0) crossings.push([x + a / (a - b), y]);
  if (b < 0 !== c < 0) crossings.push([x + 1, y + b / (b - c)]);
  if (d < 0 !== c < 0) crossings.push([x + d / (d - c), y + 1]);
  if (a < 0 !== d < 0) crossings.push([x, y + a / (a - d)]);
  // of a saddle the mean decides which corners are joined
  if (crossings.length === 4 && a + b + c + d < 0 !== a < 0) crossings.unshift(crossings.pop()!);
  for (let k = 0; k + 1 < crossings.length; k += 2) pieces.push(...crossings[k]!, ...crossings[k + 1]!);
}
