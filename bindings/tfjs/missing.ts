// What programs know of TensorFlow.js, and bitgrad/tfjs hasn't: it throws an error that names it.

import { OptionError } from "../errors.ts";
import { namespace } from "./namespace.ts";

/** What is not here. */
export type Missing = (...given: unknown[]) => never;

function missing(name: string): Missing {
  return () => {
    throw new OptionError(`tf.${name} is not in bitgrad/tfjs, which has dense networks alone`);
  };
}

/** Not here. */
export const variable: Missing = /* @__PURE__ */ missing("variable");
/** Not here. */
export const grad: Missing = /* @__PURE__ */ missing("grad");
/** Not here. */
export const grads: Missing = /* @__PURE__ */ missing("grads");
/** Not here. */
export const valueAndGrad: Missing = /* @__PURE__ */ missing("valueAndGrad");
/** Not here. */
export const valueAndGrads: Missing = /* @__PURE__ */ missing("valueAndGrads");
/** Not here. */
export const variableGrads: Missing = /* @__PURE__ */ missing("variableGrads");
/** Not here. */
export const customGrad: Missing = /* @__PURE__ */ missing("customGrad");
/** Not here. */
export const conv1d: Missing = /* @__PURE__ */ missing("conv1d");
/** Not here. */
export const conv2d: Missing = /* @__PURE__ */ missing("conv2d");
/** Not here. */
export const maxPool: Missing = /* @__PURE__ */ missing("maxPool");
/** Not here. */
export const avgPool: Missing = /* @__PURE__ */ missing("avgPool");
/** Not here. */
export const batchNorm: Missing = /* @__PURE__ */ missing("batchNorm");
/** Not here. */
export const where: Missing = /* @__PURE__ */ missing("where");
/** Not here. */
export const pow: Missing = /* @__PURE__ */ missing("pow");
/** Not here. */
export const dot: Missing = /* @__PURE__ */ missing("dot");
/** Not here. */
export const norm: Missing = /* @__PURE__ */ missing("norm");
/** Not here. */
export const einsum: Missing = /* @__PURE__ */ missing("einsum");
/** Not here. */
export const outerProduct: Missing = /* @__PURE__ */ missing("outerProduct");
/** Not here. */
export const prod: Missing = /* @__PURE__ */ missing("prod");
/** Not here. */
export const cumsum: Missing = /* @__PURE__ */ missing("cumsum");
/** Not here. */
export const all: Missing = /* @__PURE__ */ missing("all");
/** Not here. */
export const any: Missing = /* @__PURE__ */ missing("any");
/** Not here. */
export const logicalAnd: Missing = /* @__PURE__ */ missing("logicalAnd");
/** Not here. */
export const logicalOr: Missing = /* @__PURE__ */ missing("logicalOr");
/** Not here. */
export const logicalNot: Missing = /* @__PURE__ */ missing("logicalNot");
/** Not here. */
export const topk: Missing = /* @__PURE__ */ missing("topk");
/** Not here. */
export const unique: Missing = /* @__PURE__ */ missing("unique");
/** Not here. */
export const split: Missing = /* @__PURE__ */ missing("split");
/** Not here. */
export const tile: Missing = /* @__PURE__ */ missing("tile");
/** Not here. */
export const pad: Missing = /* @__PURE__ */ missing("pad");
/** Not here. */
export const reverse: Missing = /* @__PURE__ */ missing("reverse");
/** Not here. */
export const broadcastTo: Missing = /* @__PURE__ */ missing("broadcastTo");
/** Not here. */
export const gatherND: Missing = /* @__PURE__ */ missing("gatherND");
/** Not here. */
export const scatterND: Missing = /* @__PURE__ */ missing("scatterND");
/** Not here. */
export const eye: Missing = /* @__PURE__ */ missing("eye");
/** Not here. */
export const multinomial: Missing = /* @__PURE__ */ missing("multinomial");
/** Not here. */
export const truncatedNormal: Missing = /* @__PURE__ */ missing("truncatedNormal");
/** Not here. */
export const complex: Missing = /* @__PURE__ */ missing("complex");
/** Not here. */
export const loadGraphModel: Missing = /* @__PURE__ */ missing("loadGraphModel");
/** Not here. */
export const engine: Missing = /* @__PURE__ */ missing("engine");
/** Not here. */
export const env: Missing = /* @__PURE__ */ missing("env");
/** Not here. */
export const backend: Missing = /* @__PURE__ */ missing("backend");
/** Not here. */
export const registerBackend: Missing = /* @__PURE__ */ missing("registerBackend");
/** Not here. */
export const registerKernel: Missing = /* @__PURE__ */ missing("registerKernel");

/** Not here. */
export const browser: { readonly [name: string]: Missing } = /* @__PURE__ */ namespace("browser", {});
/** Not here. */
export const image: { readonly [name: string]: Missing } = /* @__PURE__ */ namespace("image", {});
/** Not here. */
export const linalg: { readonly [name: string]: Missing } = /* @__PURE__ */ namespace("linalg", {});
/** Not here. */
export const math: { readonly [name: string]: Missing } = /* @__PURE__ */ namespace("math", {});
/** Not here. */
export const signal: { readonly [name: string]: Missing } = /* @__PURE__ */ namespace("signal", {});
/** Not here. */
export const spectral: { readonly [name: string]: Missing } = /* @__PURE__ */ namespace("spectral", {});
/** Not here. */
export const sparse: { readonly [name: string]: Missing } = /* @__PURE__ */ namespace("sparse", {});
/** Not here. */
export const string: { readonly [name: string]: Missing } = /* @__PURE__ */ namespace("string", {});
/** Not here. */
export const serialization: { readonly [name: string]: Missing } = /* @__PURE__ */ namespace("serialization", {});
