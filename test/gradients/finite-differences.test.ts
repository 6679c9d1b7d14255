// Analytic gradients, put together from the public building blocks, against central finite differences of E in f64; and
// which of the source article's last two lines is right.

import { Operations } from "bitgrad";
import { describe, expect, it } from "vitest";
import { ELEMENTWISE } from "../../bindings/catalog/activations.ts";
import { ENGINES } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";

// the truncation error is of order STEP², that of rounding of order 2^−52 / STEP: both below 1e−9 here
const STEP = 1e-5;
const TOLERANCE = 1e-8;

interface Layer {
  inputs: number;
  units: number;
  w: Float64Array;
  b: Float64Array;
}

/** The outputs of every layer, x first. */
function activations(op: Operations, layers: readonly Layer[], x: Float64Array, rows: number): Float64Array[] {
  const outputs = [x];
  for (const { inputs, units, w, b } of layers) {
    outputs.push(op.sigmoid(op.forward(outputs.at(-1)!, w, b, { rows, inputs, units })));
  }
  return outputs;
}

function multiply(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value * b[i]!);
}

/** ∂E/∂W and ∂E/∂b of every layer, and ∂E/∂X, as the chain rule gives them. */
function backward(op: Operations, layers: readonly Layer[], x: Float64Array, y: Float64Array, rows: number) {
  const outputs = activations(op, layers, x, rows);
  let gradient = op.sseGradient(outputs.at(-1)!, y); // ∂E/∂A
  const parameters: { w: Float64Array; b: Float64Array }[] = [];
  for (let l = layers.length - 1; l >= 0; l--) {
    const { inputs, units, w } = layers[l]!;
    const shape = { rows, inputs, units };
    const delta = multiply(gradient, op.sigmoidDerivative(outputs[l + 1]!)); // ∂E/∂Z
    parameters.unshift({ w: op.weightGradient(outputs[l]!, delta, shape), b: op.biasGradient(delta, shape) });
    gradient = op.inputGradient(delta, w, shape);
  }
  return { parameters, x: gradient };
}

/** (E(value + h) − E(value − h)) / 2h for every element of `values`. */
function differences(values: Float64Array, error: () => number): Float64Array {
  return values.map((value, i) => {
    values[i] = value + STEP;
    const above = error();
    values[i] = value - STEP;
    const below = error();
    values[i] = value;
    return (above - below) / (2 * STEP);
  });
}

function expectClose(analytic: Float64Array, numeric: Float64Array, what: string): void {
  expect(analytic).toHaveLength(numeric.length);
  expect(numeric.some((value) => Math.abs(value) > 1e-4)).toBe(true); // gradients of 0 would prove nothing
  analytic.forEach((value, i) => {
    const error = Math.abs(value - numeric[i]!) / Math.max(1, Math.abs(numeric[i]!));
    expect(error, `${what}[${i}]: ${value}, by finite differences ${numeric[i]}`).toBeLessThan(TOLERANCE);
  });
}

describe.each(ENGINES)("%s", (engine) => {
  const op = Operations.createSync({ engine });

  it.each([[[3, 2]], [[4, 5, 3]], [[3, 6, 4, 2]]])("the gradients of a network of %j", (sizes) => {
    expect(op.engine).toBe(engine);
    const random = new Random(sizes.length);
    const uniform = (length: number) => random.ordinary("f64", length) as Float64Array;
    const rows = 5;
    const layers = sizes.slice(1).map((units, l) => {
      const inputs = sizes[l]!;
      return { inputs, units, w: uniform(inputs * units), b: uniform(units) };
    });
    const x = uniform(rows * sizes[0]!);
    const y = uniform(rows * sizes.at(-1)!).map((value) => (value + 2) / 4);
    const error = () => op.sseError(activations(op, layers, x, rows).at(-1)!, y, { rows, units: layers.at(-1)!.units });

    const gradients = backward(op, layers, x, y, rows);
    layers.forEach(({ w, b }, l) => {
      expectClose(gradients.parameters[l]!.w, differences(w, error), `weights of layer ${l}`);
      expectClose(gradients.parameters[l]!.b, differences(b, error), `biases of layer ${l}`);
    });
    expectClose(gradients.x, differences(x, error), "x");
  });

  it("∂A/∂Z is a · (1 − a)", () => {
    const z = new Random(5).ordinary("f64", 40) as Float64Array;
    const numeric = z.map((value) => {
      const [above, below] = op.sigmoid(Float64Array.of(value + STEP, value - STEP));
      return (above! - below!) / (2 * STEP);
    });
    expectClose(op.sigmoidDerivative(op.sigmoid(z)), numeric, "∂A/∂Z");
  });

  it.each(ELEMENTWISE)("∂A/∂Z of %s", (activation) => {
    // away from 0 and ±3, where some have a kink
    const z = (new Random(7).ordinary("f64", 40) as Float64Array).map((value) => value + Math.sign(value) * 0.01);
    const numeric = z.map((value) => {
      const [above, below] = op.activate(Float64Array.of(value + STEP, value - STEP), activation);
      return (above! - below!) / (2 * STEP);
    });
    expectClose(op.activationDerivative(z, activation), numeric, "∂A/∂Z");
  });

  it("∂E/∂A is A − Y; the article's last line, ½ (A − Y), is half of it", () => {
    const random = new Random(6);
    const shape = { rows: 4, units: 3 };
    const a = random.ordinary("f64", 12) as Float64Array;
    const y = random.ordinary("f64", 12) as Float64Array;
    const numeric = differences(a, () => op.sseError(a, y, shape));
    const gradient = op.sseGradient(a, y);
    expectClose(gradient, numeric, "A − Y");

    // the line before it, ½ (2A − 2Y), is right; the last one leaves out a 2 and keeps the ½
    const lineBefore = a.map((value, i) => 0.5 * (2 * value - 2 * y[i]!));
    const lastLine = a.map((value, i) => 0.5 * (value - y[i]!));
    expectClose(lineBefore, numeric, "½ (2A − 2Y)");
    lastLine.forEach((value, i) => {
      expect(gradient[i]! / value).toBe(2);
      expect(numeric[i]! / value).toBeCloseTo(2, 6);
    });
  });
});
