// The layers of a file of modules: as they are given, or as toSafetensors noted them, each with its module.

import { LAYER_TYPES } from "../catalog/layers.ts";
import { checkChoice, counted, hasOwn, isList, isRevoked, lengthOfList, show } from "../checks.ts";
import { FormatError, OptionError } from "../errors.ts";
import type {
  ActivationLayerOptions,
  BatchNormalizationOptions,
  DenseLayerOptions,
  DropoutLayerOptions,
  LayerNormalizationOptions,
  LayerOptions,
} from "../options/layer.ts";
import { MAX_LAYERS } from "../options/network.ts";
import { listed, type Module } from "./modules.ts";

/** What `fromSafetensors` is told of a layer: options of `Network.create`, without those that the file has. */
export type SafetensorsLayer =
  | (Omit<DenseLayerOptions, "units"> & { readonly units?: number })
  | ActivationLayerOptions
  | BatchNormalizationOptions
  | LayerNormalizationOptions
  | DropoutLayerOptions;

/** Of `nn.BatchNorm1d` and `nn.LayerNorm`. */
const DEFAULTS = { epsilon: 1e-5, momentum: 0.9 };

/** A layer as it was given or noted. */
type GivenLayer = Readonly<Record<string, unknown>>;

/** The layers as the caller gives them, each read once. */
export function layersOf(layers: readonly SafetensorsLayer[] | undefined, modules: readonly Module[]): GivenLayer[] {
  if (layers === undefined) {
    const words = `an array with ${counted(modules.length, "layer")} is expected, such as { activation: "relu" }`;
    throw new OptionError(`layers is undefined, and the file names no activations; ${words}`);
  }
  const length = isList(layers) ? lengthOfList("layers", layers) : 0;
  if (length === 0 || length > MAX_LAYERS) {
    throw new OptionError(`layers is ${show(layers)}; an array of 1 to ${MAX_LAYERS} layers is expected`);
  }
  return Array.from(layers, (layer: unknown, l) => {
    if (typeof layer === "object" && layer !== null && !isRevoked(layer)) return { ...layer };
    throw new OptionError(`layers[${l}] is ${show(layer)}; an object is expected`);
  });
}

const NOTED = ["type", "activation", "alpha", "epsilon", "momentum", "center", "scale"];

/**
 * The layers that `toSafetensors` noted and the modules that they have: those that are in the file, or that are chosen;
 * undefined if it noted none. A layer without a name goes with the one before it.
 */
export function notedLayers(
  metadata: ReadonlyMap<string, string>,
  inFile: readonly string[],
  chosen: readonly string[] | undefined,
): { names: readonly string[]; layers: GivenLayer[] } | undefined {
  const text = metadata.get("layers");
  if (text === undefined) return undefined;
  return ofNote(() => {
    const list: unknown = JSON.parse(text);
    if (!isList(list)) throw new FormatError(`it is ${show(list)}; an array is expected`);
    const byName = new Map<string, GivenLayer[]>();
    let group: GivenLayer[] = [];
    for (const [l, layer] of list.entries()) {
      const found = Object(layer) as GivenLayer;
      const { name } = found;
      if (name !== undefined) {
        if (typeof name !== "string") throw new FormatError(`[${l}].name is ${show(name)}; text is expected`);
        if (byName.size > 0) group = [];
        byName.set(name, group);
      }
      group.push(Object.fromEntries(NOTED.filter((key) => hasOwn(found, key)).map((key) => [key, found[key]])));
    }
    for (const name of inFile) {
      if (!byName.has(name)) throw new FormatError(`${show(name)} is not in it`);
    }
    const names = chosen ?? [...byName.keys()].filter((name) => inFile.includes(name));
    return { names, layers: names.flatMap((name) => byName.get(name)!) };
  });
}

/** What `read` returns; whatever is wrong is a FormatError. */
export function ofNote<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : show(cause);
    throw new FormatError(`the metadata's "layers" can't be read: ${reason}`, { cause });
  }
}

/** A layer with its module, if it has tensors. */
export interface MatchedLayer {
  readonly options: LayerOptions;
  readonly module: Module | undefined;
}

/** The layers, those that have tensors each with its module, in order. */
export function matchedTo(modules: readonly Module[], layers: readonly GivenLayer[]): MatchedLayer[] {
  layers.forEach(({ type = "dense" }, l) => checkChoice(`layers[${l}].type`, type, LAYER_TYPES));
  const hasTensors = ({ type = "dense", center = true, scale = true }: GivenLayer) =>
    type === "dense" || type === "batchNormalization" || (type === "layerNormalization" && (center || scale));
  const count = layers.filter(hasTensors).length;
  if (count !== modules.length) {
    const names = listed(modules.map(({ name }) => name));
    const words = `${modules.length} ${modules.length === 1 ? "is" : "are"} expected, as the file has: ${names}`;
    throw new OptionError(`layers has ${counted(count, "layer")} with parameters; ${words}`);
  }
  let next = 0;
  return layers.map((layer, l) => {
    const module = hasTensors(layer) ? modules[next++]! : undefined;
    return { module, options: optionsOf(`layers[${l}]`, layer, module) as unknown as LayerOptions };
  });
}

/** The options of a layer, with those that its module tells. */
function optionsOf(name: string, { type = "dense", ...given }: GivenLayer, module: Module | undefined): GivenLayer {
  if (module !== undefined && module.type !== type) {
    throw new OptionError(`${name}.type is ${show(type)}; ${show(module.name)} of the file is a ${show(module.type)}`);
  }
  if (module?.type === "dense") {
    const { units = module.units, ...rest } = given;
    if (units === module.units) return { ...rest, units };
    throw new OptionError(`${name}.units is ${show(units)}; ${module.units} is expected, as the file has`);
  }
  if (type === "batchNormalization") {
    return { type, ...DEFAULTS, center: module!.bias !== undefined, scale: module!.weight !== undefined, ...given };
  }
  if (type !== "layerNormalization") return { type, ...given };
  const parts = { center: module?.bias !== undefined, scale: module?.weight !== undefined };
  return { type, epsilon: DEFAULTS.epsilon, ...parts, ...given };
}
