// Where models are saved to and loaded from: handlers that pass on a model's artifacts.

import { bytesOf } from "../arrays.ts";
import { isList, show } from "../checks.ts";
import { FormatError, OptionError } from "../errors.ts";
import { namespace } from "./namespace.ts";

/** What is passed on where models are saved and loaded. */
export namespace io {
  /** A weight of a model file. */
  export interface WeightsManifestEntry {
    /** The layer's name and the weight's. */
    name: string;
    /** Its lengths. */
    shape: number[];
    /** "float32". */
    dtype: "float32" | "int32" | "bool" | "string" | "complex64";
    /** "optimizer" for what an optimizer remembers. */
    group?: "model" | "optimizer";
    /** How its numbers are stored, if not as they are. */
    quantization?: { dtype: "uint16" | "uint8" | "float16"; scale?: number; min?: number };
  }

  /** The files with weights, and which weights are in them. */
  export type WeightsManifestConfig = { paths: string[]; weights: WeightsManifestEntry[] }[];

  /** The numbers of weights, little-endian. */
  export type WeightData = ArrayBuffer | ArrayBuffer[];

  /** How the model was trained, in Keras' words. */
  export interface TrainingConfig {
    /** The optimizer. */
    optimizer_config: object;
    /** The loss. */
    loss: string | string[] | { [outputName: string]: string };
    /** The metrics. */
    metrics?: string[] | { [outputName: string]: string };
  }

  /** A model as handlers pass it on. */
  export interface ModelArtifacts {
    /** Its layers, in Keras' words. */
    modelTopology?: object;
    /** How it was trained; bitgrad/tfjs writes none. */
    trainingConfig?: TrainingConfig;
    /** "layers-model". */
    format?: string;
    /** What wrote it. */
    generatedBy?: string;
    /** What converted it. */
    convertedBy?: string | null;
    /** Its weights, in the order of their numbers. */
    weightSpecs?: WeightsManifestEntry[];
    /** The numbers of its weights. */
    weightData?: WeightData;
    /** What the user adds. */
    userDefinedMetadata?: object;
  }

  /** The file model.json. */
  export interface ModelJSON extends Omit<ModelArtifacts, "modelTopology" | "weightSpecs" | "weightData"> {
    /** The model's layers, in Keras' words. */
    modelTopology: object;
    /** Its weights, and the files with their numbers. */
    weightsManifest: WeightsManifestConfig;
  }

  /** What a server answers: a Response. */
  export interface Answer {
    /** Whether the status is 200 to 299. */
    readonly ok: boolean;
    /** The status. */
    readonly status: number;
    /** Its body. */
    text(): Promise<string>;
    /** Its body. */
    arrayBuffer(): Promise<ArrayBuffer>;
  }

  /** A file that a user chose: a File. */
  export interface ChosenFile {
    /** Its name. */
    readonly name: string;
    /** What is in it. */
    text(): Promise<string>;
    /** What is in it. */
    arrayBuffer(): Promise<ArrayBuffer>;
  }

  /** What is told of a model that was saved. */
  export interface ModelArtifactsInfo {
    /** When. */
    dateSaved: Date;
    /** "JSON". */
    modelTopologyType: "JSON" | "GraphDef";
    /** The length of its topology as JSON. */
    modelTopologyBytes?: number;
    /** The length of the list of weights as JSON. */
    weightSpecsBytes?: number;
    /** The length of its weights. */
    weightDataBytes?: number;
  }

  /** What saving returns. */
  export interface SaveResult {
    /** What was saved. */
    modelArtifactsInfo: ModelArtifactsInfo;
    /** What a server answered. */
    responses?: Answer[];
    /** What went wrong, where a handler says so. */
    errors?: (object | string)[];
  }

  /** What is saved of a model. */
  export interface SaveConfig {
    /** Whether weights that training doesn't change are left out; default false. */
    trainableOnly?: boolean;
    /** Whether the optimizer is saved, too: it can't be. */
    includeOptimizer?: boolean;
  }

  /** Saves a model. */
  export type SaveHandler = (modelArtifact: ModelArtifacts) => Promise<SaveResult>;

  /** Loads a model. */
  export type LoadHandler = () => Promise<ModelArtifacts>;

  /** Where a model is saved to or loaded from. */
  export interface IOHandler {
    /** Saves a model. */
    save?(modelArtifact: ModelArtifacts): Promise<SaveResult>;
    /** Loads a model. */
    load?(): Promise<ModelArtifacts>;
  }

  /** Called with the share that is loaded, from 0 to 1. */
  export type OnProgressCallback = (fraction: number) => void;

  /** How a model is fetched. */
  export interface LoadOptions {
    /** Given to `fetch`. */
    requestInit?: object;
    /** Called with the share that is loaded, from 0 to 1. */
    onProgress?: OnProgressCallback;
    /** In place of `fetch`. */
    fetchFunc?: (input: string, init?: object) => Promise<Answer>;
    /** Where the weights' files are; default: beside model.json. */
    weightPathPrefix?: string;
    /** Where a file of weights is. */
    weightUrlConverter?: (weightFileName: string) => Promise<string>;
    /** Whether all weights must be in the file, and no others; default true. */
    strict?: boolean;
  }
}

/** The handlers that there are. */
export interface IOFunctions {
  /** Has a function save: it is given the model's artifacts. */
  withSaveHandler(saveHandler: io.SaveHandler): io.IOHandler;
  /** Loads what is given. */
  fromMemory(
    modelArtifacts: io.ModelArtifacts | object,
    weightSpecs?: io.WeightsManifestEntry[],
    weightData?: ArrayBuffer,
  ): io.IOHandler;
  /** Loads files that a user chose: model.json first, then those with the weights. */
  browserFiles(files: readonly io.ChosenFile[]): io.IOHandler;
  /** Loads from a server, or saves by a POST to it. */
  http(path: string, loadOptions?: io.LoadOptions): io.IOHandler;
  /** The same as `http`. */
  browserHTTPRequest(path: string, loadOptions?: io.LoadOptions): io.IOHandler;
}

/** What is told of a model that was saved. */
export function savedInfo({ modelTopology, weightSpecs, weightData }: io.ModelArtifacts): io.ModelArtifactsInfo {
  const weightDataBytes = (isList(weightData) ? weightData : [weightData]).reduce(
    (sum: number, part) => sum + ((part as ArrayBuffer | undefined)?.byteLength ?? 0),
    0,
  );
  return {
    dateSaved: new Date(),
    modelTopologyType: "JSON",
    modelTopologyBytes: JSON.stringify(modelTopology).length,
    weightSpecsBytes: JSON.stringify(weightSpecs ?? []).length,
    weightDataBytes,
  };
}

function withSaveHandler(save: io.SaveHandler): io.IOHandler {
  if (typeof save !== "function") throw new OptionError(`saveHandler is ${show(save)}; a function is expected`);
  return { save };
}

function fromMemory(
  given: io.ModelArtifacts | object,
  specs?: io.WeightsManifestEntry[],
  data?: ArrayBuffer,
): io.IOHandler {
  const isWhole = "modelTopology" in given || "weightSpecs" in given;
  const artifacts = isWhole
    ? (given as io.ModelArtifacts)
    : { modelTopology: given, ...(specs && { weightSpecs: specs }), ...(data && { weightData: data }) };
  return { load: async () => artifacts };
}

/** The artifacts of model.json; `read` gets the bytes of a file that it names. */
async function artifactsOf(json: unknown, read: (path: string) => Promise<ArrayBuffer>): Promise<io.ModelArtifacts> {
  if (typeof json !== "object" || json === null) {
    throw new FormatError(`model.json is ${show(json)}; an object is expected`);
  }
  const { weightsManifest, ...rest } = json as io.ModelJSON;
  if (weightsManifest === undefined || weightsManifest === null) return rest;
  if (!isList(weightsManifest)) {
    throw new FormatError(`weightsManifest is ${show(weightsManifest)}; an array is expected`);
  }
  const groups = weightsManifest.map((group, g) => {
    if (isList(group?.paths) && isList(group.weights)) return group;
    throw new FormatError(`weightsManifest[${g}] is ${show(group)}; paths and weights are expected`);
  });
  const weightData: ArrayBuffer[] = [];
  for (const path of groups.flatMap(({ paths }) => paths)) weightData.push(await read(path));
  return { ...rest, weightSpecs: groups.flatMap(({ weights }) => weights), weightData };
}

function browserFiles(files: readonly io.ChosenFile[]): io.IOHandler {
  if (!isList(files) || files.length === 0) {
    throw new OptionError(`files is ${show(files)}; model.json and the files with its weights are expected`);
  }
  const [first, ...others] = files as [io.ChosenFile, ...io.ChosenFile[]];
  const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);
  const read = async (path: string) => {
    const file = others.find(({ name }) => name === nameOf(path));
    if (file !== undefined) return file.arrayBuffer();
    throw new FormatError(`model.json names ${show(path)}, which is not among the files`);
  };
  return { load: async () => artifactsOf(parsed(await first.text()), read) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError("model.json is no JSON text", { cause });
  }
}

const WEIGHTS = "model.weights.bin";

/** A handler of a server. */
export function http(path: string, options: io.LoadOptions = {}): io.IOHandler {
  const { requestInit, onProgress, weightPathPrefix, weightUrlConverter } = options;
  const get = (url: string, init?: object) => (options.fetchFunc ?? fetch)(url, init as RequestInit);
  const fetched = async (url: string): Promise<io.Answer> => {
    const response = await get(url, requestInit);
    if (response.ok) return response;
    throw new FormatError(`${show(url)} was answered with status ${response.status}; a file is expected`);
  };
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const query = path.includes("?") ? path.slice(path.indexOf("?")) : "";
  return {
    async load() {
      const json = parsed(await (await fetched(path)).text());
      const manifest = (json as Partial<io.ModelJSON> | null)?.weightsManifest;
      const count = isList(manifest)
        ? manifest.flatMap((group) => (group as { paths?: unknown[] }).paths ?? []).length
        : 0;
      let done = 0;
      return artifactsOf(json, async (name) => {
        const url = weightUrlConverter
          ? await weightUrlConverter(name)
          : `${weightPathPrefix ?? folder}${name}${query}`;
        const bytes = await (await fetched(url)).arrayBuffer();
        onProgress?.(++done / count);
        return bytes;
      });
    },
    async save(artifacts) {
      const { modelTopology = {}, weightSpecs, weightData, ...rest } = artifacts;
      const json: io.ModelJSON = {
        modelTopology,
        ...rest,
        weightsManifest: [{ paths: [`./${WEIGHTS}`], weights: weightSpecs ?? [] }],
      };
      const body = new FormData();
      body.append("model.json", new Blob([JSON.stringify(json)], { type: "application/json" }), "model.json");
      const parts = (isList(weightData) ? weightData : [weightData]) as ArrayBuffer[];
      body.append(WEIGHTS, new Blob(parts, { type: "application/octet-stream" }), WEIGHTS);
      const response = await get(path, { method: "POST", ...requestInit, body });
      if (response.ok) return { modelArtifactsInfo: savedInfo(artifacts), responses: [response] };
      throw new FormatError(`${show(path)} answered with status ${response.status}; 2xx is expected`);
    },
  };
}

/** Where models are saved to and loaded from. */
export const io: IOFunctions = /* @__PURE__ */ namespace("io", {
  withSaveHandler,
  fromMemory,
  browserFiles,
  http,
  browserHTTPRequest: http,
});

/** The handler that is meant by a text, or one that was made. */
export function handlerOf(name: string, given: unknown, options?: io.LoadOptions): io.IOHandler {
  if (typeof given === "object" && given !== null) return given as io.IOHandler;
  if (typeof given !== "string") throw new OptionError(`${name} is ${show(given)}; a URL or one of tf.io is expected`);
  const scheme = /^(\w+):\/\//.exec(given)?.[1] ?? "http";
  if (scheme === "http" || scheme === "https") return http(given, options);
  throw new OptionError(`${name} is ${show(given)}; bitgrad/tfjs has http, https and the handlers of tf.io`);
}

/** The bytes of weights, in one piece or several. */
export function bytesOfWeights(given: unknown): Uint8Array<ArrayBuffer>[] {
  return (isList(given) ? given : [given ?? new ArrayBuffer(0)]).map((part, n) => {
    const bytes = bytesOf(part);
    if (bytes === undefined) throw new FormatError(`weightData[${n}] is ${show(part)}; an ArrayBuffer is expected`);
    return bytes;
  });
}
