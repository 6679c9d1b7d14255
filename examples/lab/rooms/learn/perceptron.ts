// The script of the page on the perceptron: the blocks of its chain rule for the numbers that the reader chooses, each
// beside a central finite difference.

import { Operations } from "bitgrad";
import { create, element, tableOf } from "../dom.ts";

const op = Operations.createSync();
const SHAPE = { rows: 1, inputs: 2, units: 1 };
const NAMES = ["x₁", "x₂", "w₁", "w₂", "b", "y"] as const;
type Name = (typeof NAMES)[number];

const RANGES: Readonly<Record<Name, readonly [least: number, most: number, start: number]>> = {
  "x₁": [-2, 2, 1],
  "x₂": [-2, 2, 0.5],
  "w₁": [-3, 3, 0.8],
  "w₂": [-3, 3, -0.6],
  b: [-3, 3, 0.1],
  y: [0, 1, 1],
};
const WHAT: Readonly<Record<Name, string>> = {
  "x₁": "first input",
  "x₂": "second input",
  "w₁": "first weight",
  "w₂": "second weight",
  b: "bias",
  y: "wanted answer",
};

const values = Object.fromEntries(NAMES.map((name) => [name, RANGES[name][2]])) as Record<Name, number>;

const list = (...names: readonly Name[]) => new Float64Array(names.map((name) => values[name]));
const z = (w: Float64Array, b: Float64Array) => op.forward(list("x₁", "x₂"), w, b, SHAPE);
const e = (a: Float64Array) => op.sseError(a, list("y"), SHAPE);

/** (f(at + h) − f(at − h)) / 2h in one element of `at`. */
function measured(f: (at: Float64Array) => number, at: Float64Array, index = 0): number {
  const h = 1e-5;
  const moved = (by: number) => at.map((value, n) => (n === index ? value + by : value));
  return (f(moved(h)) - f(moved(-h))) / (2 * h);
}

interface Block {
  readonly name: string;
  readonly formula: string;
  readonly value: number;
  readonly measured: number;
}

function show(): void {
  const [x, w, b, y] = [list("x₁", "x₂"), list("w₁", "w₂"), list("b"), list("y")];
  const sum = z(w, b);
  const a = op.sigmoid(sum);
  const dEdA = op.sseGradient(a, y);
  const dAdZ = op.sigmoidDerivative(a);
  const delta = new Float64Array([dEdA[0]! * dAdZ[0]!]);
  const dW = op.weightGradient(x, delta, SHAPE);
  const block = (name: string, formula: string, value: number, measured: number): Block => ({
    name,
    formula,
    value,
    measured,
  });
  const throughZ = (at: Float64Array) => e(op.sigmoid(at));
  element("values").textContent = `Z = ${digits(sum[0]!)}, A = ${digits(a[0]!)}, E = ${digits(e(a))}`;
  showBlocks("blocks", [
    block("∂E/∂A", "A − Y", dEdA[0]!, measured(e, a)),
    block(
      "∂A/∂Z",
      "A (1 − A)",
      dAdZ[0]!,
      measured((at) => op.sigmoid(at)[0]!, sum),
    ),
    block(
      "∂Z/∂w₁",
      "x₁",
      x[0]!,
      measured((at) => z(at, b)[0]!, w, 0),
    ),
    block(
      "∂Z/∂w₂",
      "x₂",
      x[1]!,
      measured((at) => z(at, b)[0]!, w, 1),
    ),
    block(
      "∂Z/∂b",
      "1",
      1,
      measured((at) => z(w, at)[0]!, b),
    ),
    block("∂E/∂Z", "∂E/∂A · ∂A/∂Z", delta[0]!, measured(throughZ, sum)),
    block(
      "∂E/∂w₁",
      "∂E/∂Z · ∂Z/∂w₁",
      dW[0]!,
      measured((at) => throughZ(z(at, b)), w, 0),
    ),
    block(
      "∂E/∂w₂",
      "∂E/∂Z · ∂Z/∂w₂",
      dW[1]!,
      measured((at) => throughZ(z(at, b)), w, 1),
    ),
    block(
      "∂E/∂b",
      "∂E/∂Z · ∂Z/∂b",
      op.biasGradient(delta, SHAPE)[0]!,
      measured((at) => throughZ(z(w, at)), b),
    ),
  ]);
  showBlocks("half", [
    block("without the ½", "A − Y", dEdA[0]!, measured(e, a)),
    block("the last line", "½ (A − Y)", 0.5 * dEdA[0]!, measured(e, a)),
  ]);
}

function showBlocks(place: string, blocks: readonly Block[]): void {
  const columns = [
    { head: "Block", cell: ({ name }: Block) => name },
    { head: "Formula", cell: ({ formula }: Block) => formula },
    { head: "Gives", cell: ({ value }: Block) => digits(value), className: "number" },
    { head: "Measured", cell: ({ measured }: Block) => digits(measured), className: "number" },
    { head: "Agree?", cell: ({ value, measured }: Block) => (Math.abs(value - measured) < 1e-8 ? "yes" : "no") },
  ];
  element(place).replaceChildren(tableOf("Blocks", columns, blocks));
}

const digits = (value: number) => value.toFixed(6).replace("-", "−");

element("sliders").append(
  ...NAMES.map((name) => {
    const [least, most, start] = RANGES[name];
    const said = create("output", {}, [String(start)]);
    const slider = create("input", { type: "range", min: `${least}`, max: `${most}`, step: "0.05", value: `${start}` });
    slider.oninput = () => {
      values[name] = slider.valueAsNumber;
      said.textContent = slider.value;
      show();
    };
    return create("label", { className: "field" }, [create("span", {}, [`${WHAT[name]} ${name}: `, said]), slider]);
  }),
);
show();
