// A network as source text in C99: a header with one function that predicts. Its functions are those of c/*.c, each
// with the header's name in front.

import type { FloatArray } from "../arrays.ts";
import { type ElementwiseName, isElementwise } from "../catalog/activations.ts";
import { optional, readNames, show } from "../checks.ts";
import { OptionError } from "../errors.ts";
import ACTIVATIONS from "./c/activation.c?pieces";
import ELEMENTARY from "./c/elementary.c?pieces";
import LAYERS from "./c/layers.c?pieces";
import type { AnyNetwork } from "./model.ts";
import { namesIn, numbers, readNetwork, type Step, withAllUsed } from "./written.ts";

/** What `toC` is told. */
export interface COptions {
  /** What the function is called, and what all names in the header begin with; "predict" by default. */
  readonly name?: string;
}

/** C's functions of activations whose names are other ones. */
const FUNCTIONS: Partial<Record<ElementwiseName, string>> = {
  tanh: "hyperbolic_tangent",
  leakyRelu: "leaky_relu",
  hardSigmoid: "hard_sigmoid",
  geluTanh: "gelu_tanh",
  hardSwish: "hard_swish",
};

/**
 * Writes a network as C99: a header with one function that predicts, `void predict(const float *x, float *a)`, with
 * double for a network of f64. It takes one row and writes its outputs, with the bits of `network.predict` if the
 * compiler neither contracts nor reassociates (`-ffp-contract=off`, no `-ffast-math`). It allocates nothing, and calls
 * no library. x are encoded rows: what a network's encoders do is not in it.
 *
 * @throws OptionError if network is no Network, or the name is no identifier
 * @example
 * ```ts
 * import { Network } from "bitgrad";
 * import { toC } from "bitgrad/formats";
 *
 * const net = await Network.create({ inputs: 2, layers: [{ units: 3 }, { units: 1 }] });
 * const header = toC(net, { name: "score" }); // … static inline void score(const float *x, float *a) …
 * ```
 */
export function toC(network: AnyNetwork, options?: COptions): string {
  const { name = "predict" } = readNames("options", optional(options), ["name"]);
  checkIdentifier(name);
  const written = readNetwork(network);
  const { steps, dtype, inputs, outputs } = written;
  const real = dtype === "f32" ? "float" : "double";
  const { lines, parameters, hidden } = bodyOf(inputs, steps);

  const code = lines.join("\n  ");
  const ofDType = ["exp", "log", "tanh", "sigmoid"].map((of) => {
    return [`${of}_real`, `static inline real ${of}_real(real z) {\n  return (real)${of}_${dtype}(z);\n}`];
  });
  const pieces: Record<string, string> = {
    ...ELEMENTARY,
    ...Object.fromEntries(ofDType),
    ...ACTIVATIONS,
    ...LAYERS,
  };
  const used = withAllUsed(pieces, namesIn(code));
  const own = new Set(["real", ...used, ...parameters.keys()]);
  const prefixed = (text: string) =>
    text.replace(/\.?[A-Za-z_]\w*/g, (word) => (own.has(word) ? `${name}_${word}` : word));
  const arrays = [...parameters].map(([array, values]) => `static const real ${array}[] = {\n${listed(values)}\n};`);
  const body = [`typedef ${real} real;`, ...used.map((piece) => pieces[piece]!), ...arrays].map(prefixed);
  const guard = `BITGRAD_${name}_H`;
  return `// ${written.words.replaceAll("→", "->")}, written by bitgrad.
//
// void ${name}(const ${real} *x, ${real} *a): x is a row of ${numbers(inputs)}; ${numbers(outputs)} are written to a,
// with the bits of the network's predict. Compile with -ffp-contract=off, and without -ffast-math.

#ifndef ${guard}
#define ${guard}

#include <float.h>
#include <stddef.h>
#include <stdint.h>

#if FLT_EVAL_METHOD != 0${dtype === "f64" ? " && FLT_EVAL_METHOD != 1" : ""} || defined __FAST_MATH__
#error "${real} must be rounded at every operation: no -ffast-math; on x86 -msse2 -mfpmath=sse; on s390x -std=gnu99"
#endif

${body.join("\n\n")}

static inline void ${name}(const ${real} *x, ${real} *a) {
  ${hidden.map((array) => `${real} ${array};\n  `).join("")}${prefixed(code)}
}

#endif
`;
}

interface Body {
  readonly lines: string[];
  /** Arrays of parameters, by name. */
  readonly parameters: Map<string, FloatArray>;
  /** The arrays of the hidden layers, with their lengths. */
  readonly hidden: string[];
}

/** What the function does: from x through an array for each hidden dense layer to a. */
function bodyOf(inputs: number, steps: readonly Step[]): Body {
  const body: Body = { lines: [], parameters: new Map(), hidden: [] };
  const { lines, parameters, hidden } = body;
  const last = steps.filter(({ type }) => type === "dense").length;
  let [layer, normalization] = [0, 0];
  let array = "x";
  for (const step of steps) {
    const from = array;
    if (step.type === "dense") {
      layer++;
      array = layer === last ? "a" : `a${layer}`;
      if (layer < last) hidden.push(`${array}[${step.units}]`);
      parameters.set(`w${layer}`, step.weights).set(`b${layer}`, step.biases);
      lines.push(`dense(${array}, ${from}, w${layer}, b${layer}, ${step.inputs}, ${step.units});`);
      continue;
    }
    if (array === "x") {
      array = "a0"; // x is the caller's
      hidden.push(`a0[${inputs}]`);
    }
    if (step.type === "activation") lines.push(activationOf(step, array, from));
    else lines.push(...normalizationOf(step, ++normalization, array, from, parameters));
  }
  return body;
}

function activationOf({ units, activation, alpha }: Step & { type: "activation" }, to: string, from: string): string {
  if (!isElementwise(activation)) return `softmax(${to}, ${units});`;
  const more = alpha === undefined ? "" : `, (real)${literal(alpha)}`;
  return `for (int j = 0; j < ${units}; j++) ${to}[j] = ${FUNCTIONS[activation] ?? activation}(${from}[j]${more}).a;`;
}

function normalizationOf(
  step: Step & { type: "batchNormalization" | "layerNormalization" },
  n: number,
  to: string,
  from: string,
  parameters: Body["parameters"],
): string[] {
  const { units, gamma, beta } = step;
  const lines: string[] = [];
  if (step.type === "layerNormalization") {
    lines.push(`normalize_row(${to}, ${from}, (real)${literal(step.epsilon)}, ${units});`);
  } else {
    parameters.set(`mean${n}`, step.mean).set(`inverse${n}`, step.inverse);
    lines.push(`normalize(${to}, ${from}, mean${n}, inverse${n}, ${units});`);
  }
  if (gamma !== undefined) lines.push(`times_gamma(${to}, gamma${n}, ${units});`);
  if (beta !== undefined) lines.push(`plus_beta(${to}, beta${n}, ${units});`);
  if (gamma !== undefined) parameters.set(`gamma${n}`, gamma);
  if (beta !== undefined) parameters.set(`beta${n}`, beta);
  return lines;
}

function listed(values: FloatArray): string {
  const rows: string[] = [];
  const end = values.BYTES_PER_ELEMENT === 4 ? "f" : "";
  for (let at = 0; at < values.length; at += 4) {
    rows.push(`  ${Array.from(values.slice(at, at + 4), (value) => `${literal(value)}${end}`).join(", ")}`);
  }
  return rows.join(",\n");
}

/** A finite number in hexadecimal, which every compiler takes exactly. */
function literal(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const high = view.getUint32(0);
  const digits = (high & 0xfffff).toString(16).padStart(5, "0") + view.getUint32(4).toString(16).padStart(8, "0");
  const exponent = (high >>> 20) & 0x7ff;
  const sign = high >>> 31 === 1 ? "-" : "";
  if (value === 0) return `${sign}0.0`;
  const fraction = digits.replace(/0+$/, "");
  return `${sign}0x${exponent === 0 ? 0 : 1}${fraction && `.${fraction}`}p${Math.max(exponent, 1) - 1023}`;
}

function checkIdentifier(name: unknown): void {
  const reserved = [
    "auto break case char const continue default do double else enum extern float for goto if inline int long main",
    "register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while",
  ];
  if (typeof name === "string" && /^[A-Za-z]\w{0,47}$/.test(name) && !/_t$/.test(name)) {
    if (!reserved.join(" ").split(" ").includes(name)) return;
  }
  throw new OptionError(`name is ${show(name)}; an identifier of C is expected, such as "predict"`);
}
