// A network as source text in JavaScript: one function that predicts, with nothing to import. Its formulas are those of
// the reference engine, as the build has cut them into pieces.

import { type FloatArray, lengthOf } from "../arrays.ts";
import { isElementwise } from "../catalog/activations.ts";
import { checkChoice, hasOwn, optional, readNames, show } from "../checks.ts";
import { OptionError } from "../errors.ts";
import { littleEndian, toBase64 } from "../saving/bytes.ts";
import type { AnyNetwork } from "./model.ts";
import PIECES from "./standalone.ts?pieces";
import { namesIn, numbers, parametersOf, readNetwork, type Step, type Written, withAllUsed } from "./written.ts";

/** What `toJavaScript` is told. */
export interface JavaScriptOptions {
  /** What the function is called; "predict" by default. */
  readonly name?: string;
  /** "module", the default: the function is exported from an ES module. "script": it is a variable. */
  readonly format?: "module" | "script";
}

/**
 * Writes a network as JavaScript: the source text of one function that predicts. It imports nothing, needs no
 * WebAssembly, and has the network's parameters in it. It takes rows of x, as `network.predict` does, and returns the
 * same bits. What a network's encoders do is not in it: x are encoded rows, and what it returns are the outputs.
 *
 * @throws OptionError if network is no Network, or the name is no identifier
 * @example
 * ```ts
 * import { Network } from "bitgrad";
 * import { toJavaScript } from "bitgrad/formats";
 *
 * const net = await Network.create({ inputs: 2, layers: [{ units: 3 }, { units: 1 }] });
 * const text = toJavaScript(net); // export const predict = …
 * ```
 */
export function toJavaScript(network: AnyNetwork, options?: JavaScriptOptions): string {
  const given = readNames("options", optional(options), ["name", "format"]);
  const name = checkIdentifier(given.name ?? "predict");
  const format = checkChoice("format", given.format ?? "module", ["module", "script"]);
  const written = readNetwork(network);
  const { steps, dtype } = written;

  const isF32 = dtype === "f32";
  const float = isF32 ? "Float32Array" : "Float64Array";
  const read = isF32 ? "floats32" : "floats64";
  const calls = callsOf(steps);
  const makers = calls.flatMap((call) => namesIn(call)).filter((name) => hasOwn(PIECES, name));
  const taken = new Set(makers.flatMap(ofArithmetic));
  if (makers.includes("softmax")) taken.add("exp");
  taken.delete("round");
  const elementary = [...taken].map((of) => ({ of, piece: `${of}${isF32 ? "F32" : "F64"}` }));
  const pieces = withAllUsed(PIECES, [
    ...(isF32 ? [] : ["identity"]),
    ...["fromBase64", read, "outputs", ...makers, ...elementary.map(({ piece }) => piece)],
  ]);
  const arithmetic = ["round", ...elementary.map(({ of, piece }) => `${of}: (z) => round(${piece}(z))`)];
  const usesArithmetic = calls.some((call) => call.includes("arithmetic"));

  const body = [
    ...pieces.map((piece) => PIECES[piece]!),
    `const round = ${isF32 ? "Math.fround" : "identity"};`,
    ...(usesArithmetic ? [`const arithmetic = { ${arithmetic.join(", ")} };`] : []),
    `const parameters = ${read}(fromBase64("${base64(written)}"));`,
    `const steps = [\n  ${calls.join(",\n  ")}\n];`,
    `return (x) => outputs(x, () => new ${float}(${written.inputs}), steps);`,
  ];
  if (/^[A-Z]/.test(name) && body.some((text) => namesIn(text).includes(name))) {
    throw new OptionError(`name is "${name}"; the function uses that name itself, another is expected`);
  }
  return `// ${written.words}, written by bitgrad. ${name}(x) takes an array of
// rows of ${numbers(written.inputs)} and returns an array of rows of ${numbers(written.outputs)}, with the bits of the
// network's predict.
${format === "module" ? "export const" : "var"} ${name} = /* @__PURE__ */ (() => {
  "use strict";
${body.map((text) => text.replace(/^/gm, "  ")).join("\n")}
})();
`;
}

/** A step's function, as the call that makes it. */
function callsOf(steps: readonly Step[]): string[] {
  let at = 0;
  const take = (values: FloatArray) => {
    at += lengthOf(values);
    return `parameters.subarray(${at - lengthOf(values)}, ${at})`;
  };
  return steps.map((step) => {
    if (step.type === "dense") return `dense(${take(step.weights)}, ${take(step.biases)}, round)`;
    if (step.type !== "activation") {
      const moments = step.type === "layerNormalization" ? step.epsilon : `${take(step.mean)}, ${take(step.inverse)}`;
      const [gamma, beta] = [step.gamma, step.beta].map((values) => values && take(values));
      return `${step.type}(${moments}, ${gamma}, ${beta}, round)`;
    }
    const { activation, alpha } = step;
    if (!isElementwise(activation)) return "softmax(arithmetic)";
    const maker = `make${activation[0]!.toUpperCase()}${activation.slice(1)}`;
    return `each(${maker}(arithmetic${alpha === undefined ? "" : `, round(${alpha})`}))`;
  });
}

/** What a piece takes of a dtype's arithmetic. */
function ofArithmetic(piece: string): string[] {
  const [, names = ""] = /^function \w+\([^{)]*\{ ([\w, ]+) \}/.exec(PIECES[piece]!) ?? [];
  return names === "" ? [] : names.split(", ");
}

/** All parameters in order. */
function base64({ steps }: Written): string {
  const arrays = steps.flatMap(parametersOf);
  const bytes = new Uint8Array(arrays.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const array of arrays) {
    bytes.set(littleEndian(array), at);
    at += array.byteLength;
  }
  return toBase64(bytes).replace(/=+$/, "");
}

function checkIdentifier(name: unknown): string {
  const reserved = [
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends",
    "false finally for function if implements import in instanceof interface let new null package private protected",
    "public return static super switch this throw true try typeof undefined var void while with yield Infinity NaN",
  ];
  if (typeof name === "string" && /^[A-Za-z_$][\w$]{0,63}$/.test(name)) {
    if (!reserved.join(" ").split(" ").includes(name)) return name;
  }
  throw new OptionError(`name is ${show(name)}; an identifier of JavaScript is expected, such as "predict"`);
}
