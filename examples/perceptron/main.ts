// The textbook perceptron, one block at a time: Z = XW + b, A = σ(Z), E = ½ Σ (A − Y)². Every factor of the chain rule
//   ∂E/∂W = ∂E/∂A · ∂A/∂Z · ∂Z/∂W        ∂E/∂b = ∂E/∂A · ∂A/∂Z · ∂Z/∂b
// is printed beside a central finite difference; then the perceptron learns the OR gate with those gradients.

import { Operations } from "bitgrad";

const op = Operations.createSync();
const shape = { rows: 4, inputs: 2, units: 1 };
const x = new Float64Array([0, 0, 0, 1, 1, 0, 1, 1]); // row-major, 4 × 2
const y = new Float64Array([0, 1, 1, 1]); // the OR gate
let w = new Float64Array([0.5, -0.3]); // fixed, so that every run prints the same
let b = new Float64Array([0.1]);

const forward = (weights: Float64Array, biases: Float64Array) => op.sigmoid(op.forward(x, weights, biases, shape));
const error = (a: Float64Array) => op.sseError(a, y, shape);

/** (f(at + h) − f(at − h)) / 2h in one element of `at`. */
function finiteDifference(f: (at: Float64Array) => number, at: Float64Array, index: number): number {
  const h = 1e-5;
  const moved = (by: number) => at.map((value, i) => (i === index ? value + by : value));
  return (f(moved(h)) - f(moved(-h))) / (2 * h);
}

const show = (value: number) => value.toFixed(9).padStart(13);

function printRow(name: string, formula: number, difference: number): void {
  const apart = Math.abs(formula - difference);
  console.log(`  ${name.padEnd(14)}${show(formula)}${show(difference)}   ${apart.toExponential(0)}`);
  if (!(apart < 1e-9)) process.exitCode = 1;
}

const z = op.forward(x, w, b, shape);
const a = op.sigmoid(z);
console.log(`E = ½ Σ (A − Y)² = ${error(a)} before learning (${op.engine} engine, f64)`);
console.log("\nblock                 formula   difference   apart");

const dEdA = op.sseGradient(a, y);
console.log("∂E/∂A = A − Y");
dEdA.forEach((value, s) => {
  printRow(`sample ${s}`, value, finiteDifference(error, a, s));
});

const dAdZ = op.sigmoidDerivative(a);
console.log("∂A/∂Z = A (1 − A)");
dAdZ.forEach((value, s) => {
  printRow(
    `sample ${s}`,
    value,
    finiteDifference((at) => op.sigmoid(at)[s]!, z, s),
  );
});

console.log("∂Z/∂W = X");
x.forEach((value, n) => {
  const [s, i] = [Math.floor(n / 2), n % 2];
  printRow(
    `sample ${s}, w${i}`,
    value,
    finiteDifference((at) => op.forward(x, at, b, shape)[s]!, w, i),
  );
});

console.log("∂Z/∂b = 1");
z.forEach((_, s) => {
  printRow(
    `sample ${s}`,
    1,
    finiteDifference((at) => op.forward(x, w, at, shape)[s]!, b, 0),
  );
});

// the product of the first two blocks is ∂E/∂Z, called delta; the last block multiplies it and sums over the samples
const delta = dEdA.map((value, s) => value * dAdZ[s]!);
console.log("∂E/∂W = Xᵀ (∂E/∂A · ∂A/∂Z)");
op.weightGradient(x, delta, shape).forEach((value, i) => {
  printRow(
    `w${i}`,
    value,
    finiteDifference((at) => error(forward(at, b)), w, i),
  );
});
console.log("∂E/∂b = Σ ∂E/∂A · ∂A/∂Z");
printRow(
  "b",
  op.biasGradient(delta, shape)[0]!,
  finiteDifference((at) => error(forward(w, at)), b, 0),
);

console.log(`
The ½ that cancels: the article's derivation of ∂E/∂A reaches ½ Σ (2A − 2Y) and prints ½ Σ (A − Y) as its last line.
Per element the line before gives ½ (2A − 2Y) = A − Y; the last line keeps a ½ that the 2 has canceled. For sample 0:
  ½ (2a − 2y)  ${show(0.5 * (2 * a[0]! - 2 * y[0]!))}   the line before, and what bitgrad computes
  ½ (a − y)    ${show(0.5 * (a[0]! - y[0]!))}   the last line
  difference   ${show(finiteDifference(error, a, 0))}   what E says
`);

const predictions = () => Array.from(forward(w, b), (value) => value.toFixed(3)).join("  ");
const before = predictions();
console.log("Learning the OR gate: W ← W − 0.5 ∂E/∂W, b ← b − 0.5 ∂E/∂b");
for (let step = 1; step <= 1000; step++) {
  const output = forward(w, b);
  const gradient = op.sseGradient(output, y);
  const slope = op.sigmoidDerivative(output);
  const deltas = gradient.map((value, s) => value * slope[s]!);
  w = op.update(w, op.weightGradient(x, deltas, shape), 0.5);
  b = op.update(b, op.biasGradient(deltas, shape), 0.5);
  if ([1, 10, 100, 1000].includes(step)) console.log(`  step ${String(step).padStart(4)}  E = ${error(forward(w, b))}`);
}
console.log(`
            0 OR 0 0 OR 1 1 OR 0 1 OR 1
  target    0      1      1      1
  before    ${before}
  after     ${predictions()}`);
