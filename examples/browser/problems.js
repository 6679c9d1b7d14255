// Three problems in the plane, how the page learns them, and the digests that Node's training of them ends with. The
// points come from whole numbers alone, so that they are the same in every browser; a rule gives a point its class, 0
// or 1, or undefined where it lies too near a border.

const MARGIN = 5; // coordinates are whole numbers from -128 to 127

function xor(x, y) {
  if (Math.min(Math.abs(x), Math.abs(y)) < MARGIN) return undefined;
  return x < 0 === y < 0 ? 0 : 1;
}

function moons(x, y) {
  const arch = (dx, dy) => dy > 0 && dx ** 2 + dy ** 2 > 60 ** 2 && dx ** 2 + dy ** 2 < 88 ** 2;
  if (arch(x + 36, y + 22)) return 0;
  return arch(36 - x, 22 - y) ? 1 : undefined; // the same arch, turned by 180°
}

/**
 * Half rings of one width: the upper ones around (width / 2, 0), the lower ones turned by 180°. They join to two
 * spirals.
 */
function spirals(x, y) {
  const width = 32;
  if (x ** 2 + y ** 2 > 124 ** 2) return undefined;
  if (Math.abs(x) < width / 2 && Math.abs(y) < MARGIN) return undefined; // between the two ends in the middle
  const squared = ((y < 0 ? -x : x) - width / 2) ** 2 + y ** 2;
  let inner = 0;
  while ((inner + width) ** 2 <= squared) inner += width;
  if (inner > 0 && squared < (inner + MARGIN) ** 2) return undefined;
  if (squared > (inner + width - MARGIN) ** 2) return undefined;
  return (inner / width + (y < 0 ? 1 : 0)) % 2;
}

/** Points that a linear congruential generator (Numerical Recipes) tries until `count` of them have a class. */
function points(rule, count) {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 24) - 128;
  };
  const [x, y] = [[], []];
  while (x.length < count) {
    const point = [next(), next()];
    const label = rule(...point);
    if (label === undefined) continue;
    x.push(point.map((coordinate) => coordinate / SCALE)); // exact: a power of two
    y.push([label]);
  }
  return { x, y };
}

function problem(rule, hidden, learningRate, epochs, digests) {
  return {
    ...points(rule, 400),
    network: {
      inputs: 2,
      layers: [...hidden, 1].map((units) => ({ units })),
      loss: "sse",
      optimizer: { type: "sgd", learningRate },
      seed: 1,
    },
    fit: { epochs, batchSize: 20 },
    digests,
  };
}

/** The network sees coordinates divided by this. */
export const SCALE = 32;

export const problems = {
  spirals: problem(spirals, [24, 24], 0.1, 10_000, {
    f32: "ece39a2bc799a7d262af8012ce34d4f69bdb1e7580b2c3efe153a4ce894486e1",
    f64: "bc8cc2acfabd36b698d1cdedbe3ba4f6772bafc52ef392afa4b8d75072dc437d",
  }),
  moons: problem(moons, [8], 0.05, 10_000, {
    f32: "8412e0ae99e1a0a038297f37497058c24f1b1e36c93ccb6479484aa41e3abae7",
    f64: "cca198cee94d9d751d46630b2e07580a3019464b2b9bf6fd122e7f2b7134275f",
  }),
  xor: problem(xor, [8], 0.05, 10_000, {
    f32: "a46b808262d9f96bdce29b5a4035ec5b7dd605777b37b169b64a243385aae846",
    f64: "bd146f13bb39f9645256730b73d8dfdf2044e8a4fbbbef5954dc9c3385099937",
  }),
};
