// The optimizer option: what each optimizer has, its defaults and ranges.

import { OPTIMIZER_NAMES, OPTIMIZERS, type OptimizerName } from "../catalog/optimizers.ts";
import { checkAmount, checkChoice, checkNames, checkPositive, show } from "../checks.ts";
import type { Optimizer } from "../engine/engine.ts";
import { OptionError } from "../errors.ts";
import type { DType } from "../numbers.ts";

/**
 * How a step changes the parameters w, given their gradients g. Each type is PyTorch's optimizer of that name, with its
 * defaults. `weightDecay` and a layer's penalties apply to weights, never to biases.
 *
 * - "sgd": w −= learningRate · g; with `momentum` μ: v = μv + g, w −= learningRate · v; with `nesterov`: … · (g + μv)
 * - "rmsprop": g divided by the root of a running mean of g², which decays by `rho` (0.99)
 * - "adagrad": g divided by the root of the sum of all g² so far
 * - "adam": the running mean of g (`beta1`, 0.9) divided by the root of that of g² (`beta2`, 0.999), with bias
 *   correction
 * - "adamw": the same with decoupled `weightDecay` (0.01): weights shrink by learningRate · weightDecay a step
 * - "nadam": adam with Nesterov's momentum, which grows with `momentumDecay` (0.004)
 * - "lion": the sign of a running mean (`beta1` 0.9, `beta2` 0.99), with `weightDecay` (0)
 */
export interface OptimizerOptions {
  /** The optimizer. */
  readonly type: OptimizerName;
  /**
   * Finite, 0 or more; rounded to the dtype. Default 0.1 (sgd), 0.01 (rmsprop, adagrad), 0.002 (nadam), 0.0001 (lion),
   * else 0.001.
   */
  readonly learningRate?: number;
  /** μ of "sgd": 0 to below 1, default 0. */
  readonly momentum?: number;
  /** Whether "sgd" takes Nesterov's momentum; default false. */
  readonly nesterov?: boolean;
  /** The decay of the running mean of g² in "rmsprop": 0 to below 1, default 0.99. */
  readonly rho?: number;
  /** The decay of the running mean of g: 0 to below 1, default 0.9. */
  readonly beta1?: number;
  /**
   * The decay of the running mean of g²: 0 to below 1, default 0.999. In "lion" that of the mean of g, default 0.99.
   */
  readonly beta2?: number;
  /** Added to the root; more than 0. Default 1e-8; for "adagrad" 1e-10. */
  readonly epsilon?: number;
  /** For "adamw" (default 0.01) and "lion" (default 0): finite, 0 or more. */
  readonly weightDecay?: number;
  /** For "nadam": finite, 0 or more, default 0.004. */
  readonly momentumDecay?: number;
  /** Each element of the gradients is clipped to ± this, after penalties. Default 0: no clipping. */
  readonly clipValue?: number;
  /**
   * The largest norm of all gradients together: if the root of the sum of their squares is larger, they are scaled down
   * to it. Default 0: no clipping.
   */
  readonly clipNorm?: number;
}

/** With every number the optimizer has. */
export type ResolvedOptimizer = OptimizerOptions & { readonly learningRate: number };

let allNames: string[] | undefined;

/** The names of the options that any optimizer takes. */
export function optimizerOptionNames(): readonly string[] {
  if (allNames !== undefined) return allNames;
  const numbers = OPTIMIZER_NAMES.flatMap((name) => Object.keys(OPTIMIZERS[name].numbers));
  allNames = ["type", ...new Set(numbers), "nesterov", "clipValue", "clipNorm"];
  return allNames;
}

const BELOW_ONE = ["momentum", "rho", "beta1", "beta2"];

export function resolveOptimizer(optimizer: OptimizerOptions | OptimizerName, dtype: DType): ResolvedOptimizer {
  if (typeof optimizer !== "string") checkNames("optimizer", optimizer, optimizerOptionNames());
  const options = typeof optimizer === "string" ? { type: optimizer } : { ...optimizer }; // each is read once
  const type = checkChoice("optimizer.type", options.type, OPTIMIZER_NAMES);
  const defaults = { ...OPTIMIZERS[type].numbers, clipValue: 0, clipNorm: 0 } as Record<string, number>;
  const flags = type === "sgd" ? ["nesterov"] : [];
  checkNames(`optimizer "${type}"`, options, ["type", ...Object.keys(defaults), ...flags]);
  const numbers: Record<string, number> = {};
  for (const [key, standard] of Object.entries(defaults)) {
    const name = `optimizer.${key}`;
    const { [key]: given = standard } = options as unknown as Record<string, unknown>;
    // 0 is no clipping; what is more must stay more in the dtype
    const positive = key === "epsilon" || (key.startsWith("clip") && given !== 0);
    const value = (positive ? checkPositive : checkAmount)(name, given, dtype);
    if (BELOW_ONE.includes(key) && (dtype === "f32" ? Math.fround(value) : value) >= 1)
      throw new OptionError(`${name} is ${value}; a number below 1 in ${dtype} is expected`);
    // these are left out if they are 0, as in earlier files
    if (value !== 0 || !["momentum", "clipValue", "clipNorm"].includes(key)) numbers[key] = value;
  }
  const { nesterov = false } = options;
  if (typeof nesterov !== "boolean")
    throw new OptionError(`optimizer.nesterov is ${show(nesterov)}; true or false is expected`);
  if (nesterov && numbers.momentum === undefined) {
    throw new OptionError("optimizer.nesterov is true; a momentum of more than 0 is expected with it");
  }
  return { type, learningRate: numbers.learningRate!, ...numbers, ...(nesterov && { nesterov }) };
}

/** The optimizer as engines know it. */
export function engineOptimizer({ rho, learningRate: _, ...optimizer }: ResolvedOptimizer): Optimizer {
  return rho === undefined ? optimizer : { ...optimizer, beta2: rho };
}
