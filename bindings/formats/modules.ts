// The modules of a state_dict: which layer each is, by the names and shapes of its tensors, and their order.

import { show } from "../checks.ts";
import { FormatError } from "../errors.ts";
import type { StoredTensor } from "../saving/safetensors.ts";

/** A tensor of any type that the format has, and what stands for NaN in it. */
export type Stored = StoredTensor<string> & { readonly nan: number | undefined };
type Tensors = ReadonlyMap<string, Stored>;

/** What PyTorch calls the parameters of its modules. */
export type Part = "weight" | "bias" | "running_mean" | "running_var" | "num_batches_tracked";

interface AnyModule {
  readonly name: string;
  /** What comes out. */
  readonly units: number;
}

/** An `nn.Linear`. */
export interface DenseModule extends AnyModule {
  readonly type: "dense";
  readonly inputs: number;
  readonly weight: Stored;
  readonly bias: Stored | undefined;
}

/** An `nn.BatchNorm1d` or `nn.LayerNorm`; the latter has no running statistics. */
export interface NormalizationModule extends AnyModule {
  readonly type: "batchNormalization" | "layerNormalization";
  readonly weight: Stored | undefined;
  readonly bias: Stored | undefined;
  readonly mean: Stored | undefined;
  readonly variance: Stored | undefined;
}

export type Module = DenseModule | NormalizationModule;

/** The name of a module's tensor: that of a lone `nn.Linear` is "weight". */
export function tensorOf(module: string, part: Part): string {
  return module === "" ? part : `${module}.${part}`;
}

/** The module of this name; `tensors` has its tensors. */
export function moduleOf(tensors: Tensors, name: string): Module {
  const find = (part: Part) => tensors.get(tensorOf(name, part));
  const [weight, bias, mean, variance] = [find("weight"), find("bias"), find("running_mean"), find("running_var")];
  if (mean !== undefined || variance !== undefined) {
    const [units = 0] = demand(tensors, name, "running_mean").shape;
    demand(tensors, name, "running_var");
    for (const part of ["running_mean", "running_var", "weight", "bias"] as const) {
      checkShape(name, part, find(part), units, "a number for each column");
    }
    return { type: "batchNormalization", name, units, weight, bias, mean, variance };
  }
  const { shape } = demand(tensors, name, "weight");
  const [units = 0, inputs = 0] = shape;
  const isVector = shape.length === 1 && units > 0;
  if (!isVector && (shape.length !== 2 || units === 0 || inputs === 0)) {
    throw new FormatError(
      `tensor ${show(tensorOf(name, "weight"))} has shape [${shape.slice(0, 8)}]; [outputs, inputs] is expected`,
    );
  }
  checkShape(name, "bias", bias, units, "the outputs of the weight");
  if (isVector) return { type: "layerNormalization", name, units, weight, bias, mean, variance };
  return { type: "dense", name, inputs, units, weight: weight!, bias };
}

function demand(tensors: Tensors, name: string, part: Part): Stored {
  const found = tensors.get(tensorOf(name, part));
  if (found !== undefined) return found;
  throw new FormatError(`there is no tensor ${show(tensorOf(name, part))}; the file has ${listed(tensors.keys())}`);
}

function checkShape(name: string, part: Part, tensor: Stored | undefined, units: number, words: string): void {
  if (tensor === undefined || (tensor.shape.length === 1 && tensor.shape[0] === units && units > 0)) return;
  throw new FormatError(
    `tensor ${show(tensorOf(name, part))} has shape [${tensor.shape.slice(0, 8)}]; [${units || "units"}] is expected, ${words}`,
  );
}

/** The first of them, as a message shows them. */
export function listed(names: Iterable<string>): string {
  const all = [...names];
  const words = all.slice(0, 8).map((name) => show(name));
  return all.length === 0 ? "none" : `${words.join(", ")}${all.length > 8 ? ", …" : ""}`;
}

const PART = /(?:^|\.)(weight|bias|running_mean|running_var|num_batches_tracked)$/;

/** Whether a module with this tensor is a layer. */
const MAIN = /(?:^|\.)(weight|running_mean|running_var)$/;

/** The modules of all layers whose names begin with the prefix; no other tensor may begin with it. */
export function modulesIn(tensors: Tensors, prefix: string): string[] {
  const under = [...tensors.keys()].filter((name) => name.startsWith(prefix));
  const modules = new Set(under.filter((name) => MAIN.test(name)).map((name) => name.replace(MAIN, "")));
  for (const name of under) {
    if (PART.test(name) && modules.has(name.replace(PART, ""))) continue;
    const hint = name.startsWith("layers.0.") ? "; Network.load reads what save wrote" : "";
    throw new FormatError(
      `tensor ${show(name)} is no part of a dense layer or a normalization; prefix or names choose those that are${hint}`,
    );
  }
  if (modules.size > 0) return [...modules];
  throw new FormatError(`no tensor is named ${show(`${prefix}….weight`)}; the file has ${listed(tensors.keys())}`);
}

/** In the order of the network, as far as names and shapes tell. */
export function ordered(tensors: Tensors, modules: readonly string[]): string[] {
  return numbered(modules) ?? chained(modules.map((name) => moduleOf(tensors, name)));
}

/** In the order of the numbers in the names, if they differ in nothing else. */
function numbered(names: readonly string[]): string[] | undefined {
  const parts = names.map((name) => ({ name, numbers: name.match(/\d+/g)?.map(Number) ?? [] }));
  const alike = new Set(names.map((name) => name.replace(/\d+/g, "#")));
  if (alike.size > 1 || (names.length > 1 && parts[0]!.numbers.length === 0)) return undefined;
  const compare = (a: readonly number[], b: readonly number[]) => {
    const n = a.findIndex((value, n) => value !== b[n]);
    return n < 0 ? 0 : a[n]! - b[n]!;
  };
  return parts.sort((a, b) => compare(a.numbers, b.numbers)).map(({ name }) => name);
}

/** In the only order in which each dense layer takes what the one before it gives; a normalization may be anywhere. */
function chained(modules: readonly Module[]): string[] {
  const layers = modules.flatMap((module) => (module.type === "dense" ? [module] : []));
  const byInputs = new Map(layers.map((layer) => [layer.inputs, layer]));
  const given = new Set(layers.map(({ units }) => units));
  const starts = layers.filter(({ inputs }) => !given.has(inputs));
  const order: DenseModule[] = [];
  let next = starts.length === 1 ? starts[0] : undefined;
  for (; next !== undefined && order.length <= layers.length; next = byInputs.get(next.units)) order.push(next);
  const isWhole = byInputs.size === layers.length && order.length === layers.length;
  if (isWhole && layers.length === modules.length) return order.map(({ name }) => name);
  const shapes = modules.map((module) => {
    return `${module.name} [${module.type === "dense" ? `${module.units}, ${module.inputs}` : module.units}]`;
  });
  throw new FormatError(`names and shapes don't tell the order of the layers ${listed(shapes)}; the option names does`);
}
