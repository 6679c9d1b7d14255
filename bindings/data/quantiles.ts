// Quantiles of sorted numbers, interpolated as numpy and scikit-learn do.

/** Of sorted numbers, the one below which a share of them lies; between two it is interpolated, as by numpy. */
export function percentile(sorted: Float64Array, share: number): number {
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const [a, b] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  const part = at - below;
  if (a === b || part === 0) return a;
  const difference = b - a;
  return part >= 0.5 ? b - difference * (1 - part) : a + difference * part;
}

/** The share of learned numbers below a value, as scikit-learn interpolates it: among equal ones, their middle. */
export function shareBelow(value: number, quantiles: Float64Array): number {
  const last = quantiles.length - 1;
  if (value <= quantiles[0]!) return 0;
  if (value >= quantiles[last]!) return 1;
  let [low, high] = [0, last]; // the last quantile of at most the value
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (quantiles[middle]! <= value) low = middle;
    else high = middle;
  }
  const [below, above] = [quantiles[low]!, quantiles[high]!];
  if (below === value) {
    let equal = low; // the first of those that are equal
    while (quantiles[equal - 1] === value) equal--;
    return (low + equal) / 2 / last;
  }
  return (low + (value - below) / (above - below)) / last;
}

/** The number below which a share of the learned ones lies. */
export function valueAt(share: number, quantiles: Float64Array): number {
  return percentile(quantiles, Math.min(1, Math.max(0, share)));
}

/** `percentile(sorted, 0.5)` of numbers that need not be sorted, in linear time: it puts them in another order. */
export function medianOf(numbers: Float64Array): number {
  const below = Math.floor((numbers.length - 1) * 0.5);
  select(numbers, below);
  let next = below + 1;
  for (let n = next + 1; n < numbers.length; n++) if (numbers[n]! < numbers[next]!) next = n;
  if (next < numbers.length) [numbers[below + 1], numbers[next]] = [numbers[next]!, numbers[below + 1]!];
  return percentile(numbers, 0.5) + 0; // −0 is 0
}

const MOST_PARTITIONS = 100;
const SAMPLED = 1000; // numbers, of which a sample tells where the one at a place is
const SAMPLE = 63;

/** One of the numbers from `low` to `high` that is near the one at the place when they are sorted. */
function pivotOf(numbers: Float64Array, place: number, low: number, high: number): number {
  const step = Math.floor((high - low) / SAMPLE);
  const sample = new Float64Array(SAMPLE);
  for (let n = 0; n < SAMPLE; n++) sample[n] = numbers[low + n * step]!;
  return sample.sort()[Math.floor(((place - low) / (high - low + 1)) * SAMPLE)]!;
}

/**
 * The FIND of C. A. R. Hoare: puts the number there that is at this place when all are sorted, and none before it that
 * is larger.
 */
function select(numbers: Float64Array, place: number): void {
  let [low, high] = [0, numbers.length - 1];
  for (let turn = 0; low < high; turn++) {
    if (turn === MOST_PARTITIONS) {
      numbers.sort(); // numbers that were made to be slow
      return;
    }
    const pivot = high - low < SAMPLED ? numbers[place]! : pivotOf(numbers, place, low, high);
    let [i, j] = [low, high];
    while (i <= j) {
      while (numbers[i]! < pivot) i++;
      while (pivot < numbers[j]!) j--;
      if (i > j) break;
      const swapped = numbers[i]!;
      numbers[i++] = numbers[j]!;
      numbers[j--] = swapped;
    }
    if (j < place) low = i;
    if (place < i) high = j;
  }
}
