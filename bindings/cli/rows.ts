// Which rows are held out, and the folds of cross-validation: drawn by the seed, each class with its share.

/** Indexes of rows. */
export interface Parts {
  readonly training: readonly number[];
  readonly held: readonly number[];
}

/** Holds out a share of the rows, of every group alike; the first drawn of each group stays. */
export function holdOut(groups: readonly string[], share: number, seed: number): Parts {
  const places = new Map<string, number>();
  const held = new Set<number>();
  for (const row of drawn(groups.length, seed)) {
    const place = places.get(groups[row]!) ?? 0;
    places.set(groups[row]!, place + 1);
    if (place > 0 && Math.floor((place + 1) * share + 0.5) > Math.floor(place * share + 0.5)) held.add(row);
  }
  return partsOf(groups.length, (row) => held.has(row));
}

/** Each row is held out once; of every group, folds have as many rows, or one more. */
export function foldsOf(groups: readonly string[], folds: number, seed: number): Parts[] {
  const rowsOf = new Map<string, number[]>();
  for (const row of drawn(groups.length, seed)) {
    const rows = rowsOf.get(groups[row]!);
    if (rows === undefined) rowsOf.set(groups[row]!, [row]);
    else rows.push(row);
  }
  const foldOf = new Uint32Array(groups.length);
  [...rowsOf.values()].flat().forEach((row, place) => {
    foldOf[row] = place % folds;
  });
  return Array.from({ length: folds }, (_, fold) => partsOf(groups.length, (row) => foldOf[row] === fold));
}

function partsOf(count: number, isHeld: (row: number) => boolean): Parts {
  const rows = Array.from({ length: count }, (_, row) => row);
  return { training: rows.filter((row) => !isHeld(row)), held: rows.filter(isHeld) };
}

/** The rows in an order drawn by the seed: Fisher and Yates' shuffle. */
function drawn(count: number, seed: number): number[] {
  const rows = Array.from({ length: count }, (_, row) => row);
  const random = mulberry32(seed);
  for (let left = count; left > 1; left--) {
    const chosen = Math.floor(random() * left);
    [rows[left - 1], rows[chosen]] = [rows[chosen]!, rows[left - 1]!];
  }
  return rows;
}

/** The generator mulberry32, numbers from 0 to below 1, of whole-number arithmetic alone. */
function mulberry32(seed: number): () => number {
  let state = (seed ^ (seed / 2 ** 32)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
