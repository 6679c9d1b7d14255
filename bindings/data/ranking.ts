// Metrics of rows in the order of their outputs: the area under the ROC curve, and average precision.

import {
  type After,
  type Classes,
  type Measuring,
  NO_LISTS,
  type Pass,
  placeOf,
  type ResolvedMetric,
  share,
} from "./measuring.ts";

interface Ranked {
  readonly value: number;
  /** The weight of the rows that belong to the class. */
  readonly belonging: number;
}

/** Outputs: every `step`th from `first` on. Without a class, each is of its own column's. */
interface Place {
  readonly first: number;
  readonly step: number;
  readonly ofClass?: number;
}

/** A metric of rows in the order of their outputs. */
export interface Ranking {
  /**
   * Of a row of the class, or of several that weigh so much together: the weights of the class's rows with outputs as
   * high, and of the others with higher ones and with equal ones.
   */
  term(weight: number, hits: number, above: number, ties: number): number;
  /** From the sum of the terms, and the weights of the class's rows and of the others. */
  found(sum: number, own: number, others: number): number;
}

/** By Mann and Whitney's U: exact up to the division where weights are 1. */
export const AREA_UNDER_CURVE: Ranking = {
  term: (weight, _, above, ties) => weight * (2 * above + ties),
  found: (sum, own, others) => (2 * own * others - sum) / 2 / (own * others),
};

export const AVERAGE_PRECISION: Ranking = {
  term: (weight, hits, above, ties) => weight * (hits / (hits + above + ties)),
  found: share,
};

/** Of the class's outputs in the order of their size, or of all classes' as it is asked for. */
export function ofRanks(from: Measuring, metric: ResolvedMetric, ranking: Ranking): After<number> {
  const classes = from.classes(metric);
  const { columns } = from.data;
  const average = from.averageOf(metric);
  const one = (place: Place) => {
    const found = rank(from, classes, ranking, place);
    return () => found().value;
  };
  if (columns === 1) return one({ first: 0, step: 1, ofClass: metric.class ?? 1 });
  if (metric.class !== undefined || average === "binary") {
    const ofClass = metric.class ?? 1;
    return one({ first: ofClass, step: columns, ofClass });
  }
  if (average === "micro") return one({ first: 0, step: 1 });
  const ranks = Array.from({ length: columns }, (_, j) =>
    rank(from, classes, ranking, { first: j, step: columns, ofClass: j }),
  );
  return () => {
    let [sum, weights] = [0, 0];
    for (const { value, belonging } of ranks.map((found) => found())) {
      if (Number.isNaN(value) || (belonging === 0 && !classes.areLabels)) continue;
      const weight = average === "weighted" ? belonging : 1;
      sum += weight * value;
      weights += weight;
    }
    return sum / weights;
  };
}

function rank(from: Measuring, classes: Classes, ranking: Ranking, { first, step, ofClass }: Place): After<Ranked> {
  const { outputs, columns, weights } = from.data;
  const sign = ofClass === 0 && columns === 1 ? -1 : 1;
  const scored: Scored = {
    first,
    step,
    score: (n) => sign * outputs[n]!,
    isOwn(n) {
      if (classes.areLabels) return classes.actual[n] === 1;
      return classes.actual[Math.floor(n / columns)] === (ofClass ?? n % columns);
    },
  };
  return weights === undefined ? rankAlike(from, ranking, scored) : rankWeighted(from, ranking, scored, weights);
}

/** Outputs as scores of a class. */
interface Scored {
  readonly first: number;
  readonly step: number;
  score(n: number): number;
  /** Whether the row belongs to the class. */
  isOwn(n: number): boolean;
}

/** Without weights it takes a third of the time. */
function rankAlike(from: Measuring, { term, found }: Ranking, { first, step, score, isOwn }: Scored): After<Ranked> {
  const count = from.data.length / step;
  let [scores, own, others] = NO_LISTS;
  let [ownSum, othersSum, sum] = [0, 0, 0];
  let [hits, above, through] = [0, 0, 0];
  const ownFirst: Pass = (n, end) => {
    if (n === 0) [scores] = from.lists(count);
    for (n += first; n < end; n += step) scores[isOwn(n) ? ownSum++ : count - ++othersSum] = score(n);
  };
  const sortOwn: Pass = () => {
    own = scores.subarray(0, ownSum);
    return own;
  };
  const sortOthers: Pass = () => {
    others = scores.subarray(ownSum);
    return others;
  };
  const inOrder: Pass = (n, end) => {
    for (let place = n / step; place < end / step && place < ownSum; place++) {
      const score = own[ownSum - 1 - place]!;
      while (own[ownSum - 1 - hits]! >= score) hits++;
      while (others[othersSum - 1 - above]! > score) above++;
      while (others[othersSum - 1 - through]! >= score) through++;
      sum += term(1, hits, above, through - above);
    }
  };
  from.passes.push(ownFirst, sortOwn, sortOthers, inOrder);
  return () => ({ value: found(sum, ownSum, othersSum), belonging: ownSum });
}

function rankWeighted(
  from: Measuring,
  { term, found }: Ranking,
  { first, step, score, isOwn }: Scored,
  weights: Float64Array,
): After<Ranked> {
  const { length, columns } = from.data;
  const count = length / step;
  let [scores, own, others] = NO_LISTS;
  let [ownSum, othersSum, sum] = [0, 0, 0];
  let [hits, above] = [0, 0];
  const all: Pass = (n, end) => {
    if (n === 0) [scores, own, others] = from.lists(count);
    for (let s = n / step; n < end; s++, n += step) scores[s] = score(n + first);
    return scores;
  };
  const weigh: Pass = (n, end) => {
    for (n += first; n < end; n += step) {
      const place = placeOf(scores, score(n));
      const weight = weights[Math.floor(n / columns)]!;
      if (isOwn(n)) {
        own[place]! += weight;
        ownSum += weight;
      } else {
        others[place]! += weight;
        othersSum += weight;
      }
    }
  };
  const inOrder: Pass = (n, end) => {
    for (let place = count - 1 - n / step; place > count - 1 - end / step; place--) {
      hits += own[place]!;
      if (own[place]! > 0) sum += term(own[place]!, hits, above, others[place]!);
      above += others[place]!;
    }
  };
  from.passes.push(all, weigh, inOrder);
  return () => ({ value: found(sum, ownSum, othersSum), belonging: ownSum });
}
