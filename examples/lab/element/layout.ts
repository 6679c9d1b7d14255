// Where the network's drawing has its nodes: a column for the inputs and for each layer, as wide as there is room.

/** A column to be laid out: nodes for units, or, for a layer without weights, a narrow bar. */
export interface Column {
  readonly units: number;
  readonly narrow?: boolean;
}

export interface PlacedColumn {
  /** The left side, and the width. */
  readonly x: number;
  readonly width: number;
  /** The upper side of each node that is shown; of a narrow column, none. */
  readonly nodes: readonly number[];
  /** How many units are not shown. */
  readonly rest: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The side of a node. */
  readonly node: number;
  readonly columns: readonly PlacedColumn[];
}

const NARROW = 22;
const MOST = 10; // nodes of a column at most
const LEAST_GAP = 42; // between columns, for the links

/** Lays the columns out in `room` pixels; wider than that where the links would have no room. */
export function layOut(columns: readonly Column[], room: number): Layout {
  const shown = columns.map(({ units, narrow }) => (narrow ? 0 : Math.min(units, MOST)));
  const tallest = Math.max(1, ...shown);
  const gaps = Math.max(1, columns.length - 1);
  const narrow = columns.filter((column) => column.narrow).length;
  const wide = columns.length - narrow;
  const fitting = Math.floor((room - narrow * NARROW - gaps * LEAST_GAP) / wide);
  const node = Math.max(26, Math.min(40, fitting, tallest > 8 ? 32 : 40));
  const step = node + (tallest > 8 ? 8 : 12);
  const used = wide * node + narrow * NARROW;
  const gap = Math.max(LEAST_GAP, (room - used) / gaps);
  const height = tallest * step - (step - node) + (shown.some((count, k) => count < columns[k]!.units) ? 18 : 0);
  let x = columns.length === 1 ? (room - node) / 2 : 0;
  const placed = columns.map((column, k): PlacedColumn => {
    const width = column.narrow ? NARROW : node;
    const count = shown[k]!;
    const nodes = Array.from({ length: count }, (_, n) => n * step);
    const left = x;
    x += width + gap;
    return { x: left, width, nodes, rest: column.narrow ? 0 : column.units - count };
  });
  return { width: Math.max(room, used + gap * (columns.length - 1)), height, node, columns: placed };
}
