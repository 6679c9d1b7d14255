// Golden cases of trainings: each is run in several ways, and what that leaves must be the same on every platform.

import type { FloatArray } from "../arrays.ts";
import type { CompressedMatrix } from "../data/compressed.ts";
import type { EngineName } from "../engine/engine.ts";
import type { Backward, BackwardOptions } from "../network/gradients.ts";
import type { DType } from "../numbers.ts";
import type { Checkpoint, FitOptions } from "../options/fit.ts";
import type { LayerOptions } from "../options/layer.ts";
import { xorshift } from "./inputs.ts";
import { type Case, expectEngine, FAR, isTaken, type Library, type Network, parameters } from "./library.ts";
import type { Part } from "./operation-cases.ts";
import { EDGES } from "./trainings/edges.ts";
import { KINDS } from "./trainings/kinds.ts";
import { LAYERS } from "./trainings/layers.ts";
import { LIMITS } from "./trainings/limits.ts";
import { NORMALIZATIONS } from "./trainings/normalizations.ts";
import { OPTIONS } from "./trainings/options.ts";
import { PLAIN } from "./trainings/plain.ts";
import { type Data, made, type Spec, type Way, type Work } from "./trainings/spec.ts";

const TRAININGS: Readonly<Record<string, Spec>> = {
  ...PLAIN,
  ...KINDS,
  ...EDGES,
  ...OPTIONS,
  ...LIMITS,
  ...LAYERS,
  ...NORMALIZATIONS,
  "wide 70-66-33": {
    sizes: [70, 66, 33],
    learningRate: 0.02,
    seed: 6,
    fit: { epochs: 2, batchSize: 33, shuffle: true },
    ways: ["fit", "outputs", "interrupted", "gradients"],
    data: made(67, 70, 33),
  },
};

export function* trainingCases(library: Library, engine: EngineName, dtype: DType): Generator<Case> {
  for (const [training, spec] of Object.entries(TRAININGS)) {
    const work = () => ({
      library,
      engine,
      dtype,
      spec,
      ...spec.data(dtype, xorshift(`${training} ${dtype}`)),
    });
    for (const way of spec.ways) {
      yield {
        name: `training ${dtype} ${training}, ${way}`,
        compute: () => WAYS[way](work()),
      };
    }
  }
}

function rowsOf({ data, shape: [, columns] }: Data["x"], rows: Uint32Array): Data["x"] {
  const some = data.slice(0, rows.length * columns);
  rows.forEach((row, s) => some.set(data.subarray(row * columns, (row + 1) * columns), s * columns));
  return { data: some, shape: [rows.length, columns] };
}

/**
 * What is done with a training, and what that leaves. All that train must leave the same parameters. "interrupted" has
 * those as the second epoch began and after two of its steps, too, at least three of which there must be.
 */
const WAYS: Record<Way, (work: Work) => Promise<Part[]>> = {
  async fit(work) {
    using net = await create(work);
    net.fit(work.x, work.y, work.spec.fit);
    return parameters(net);
  },

  async outputs(work) {
    using net = await create(work);
    const { loss } = net.fit(work.x, work.y, work.spec.fit);
    return [{ what: "losses", values: Float64Array.from(loss) }, ...outputs(net, work)];
  },

  async all(work) {
    using net = await create(work);
    const loss = losses(net, work);
    return [{ what: "losses", values: Float64Array.from(loss) }, ...parameters(net), ...outputs(net, work)];
  },

  async "epoch by epoch"(work) {
    using net = await create(work);
    losses(net, work, { onEpoch: () => {} });
    return parameters(net);
  },

  async "by hand"(work) {
    using net = await create(work);
    const { x, y, engine, library, spec } = work;
    const { epochs, batchSize, shuffle } = spec.fit;
    const [rows] = x.shape;
    const op = await library.Operations.create({ engine });
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = shuffle ? op.shuffle(rows, spec.seed, epoch) : Uint32Array.from({ length: rows }, (_, s) => s);
      for (let batch = 0; batch * batchSize < rows; batch++) {
        const some = order.subarray(batch * batchSize, (batch + 1) * batchSize);
        const dropout = { epoch, batch };
        net.apply(net.gradients(rowsOf(x, some), rowsOf(y, some), { dropout }).gradients);
      }
    }
    return parameters(net);
  },

  gradients: (work) => gradients(work, { dropout: { epoch: 3, batch: 2 } }),

  "gradients without dropout": (work) => gradients(work, {}),

  async "training outputs"(work) {
    using net = await create(work);
    const trainingOutputs = work.y.data.slice();
    losses(net, work, { trainingOutputs });
    return [{ what: "outputs of the last epoch's steps", values: trainingOutputs }, ...parameters(net)];
  },

  // those that leave the finite numbers are refused, and change nothing
  async "steps too far"(work) {
    using net = await create(work);
    const parts: Part[] = [];
    const { gradients } = net.gradients(work.x, work.y);
    for (const scale of FAR[work.dtype]) {
      const scaled = gradients.map(({ weights, biases }) => ({
        weights: times(weights, scale),
        biases: times(biases, scale),
      }));
      const taken = isTaken(() => net.apply(scaled));
      parts.push({ what: `taken, times ${scale}`, values: Float64Array.of(taken ? 1 : 0) }, ...parameters(net));
    }
    return parts;
  },

  async "fit twice"(work) {
    using net = await create(work);
    const first = Math.floor(work.spec.fit.epochs / 3);
    net.fit(work.x, work.y, { ...work.spec.fit, epochs: first });
    net.fit(work.x, work.y, {
      ...work.spec.fit,
      epochs: work.spec.fit.epochs - first,
    });
    return parameters(net);
  },

  async compressed(work) {
    using net = await create(work);
    const { x, y } = work;
    const rows = compressed(x);
    const { loss } = net.fit(rows, y, work.spec.fit);
    if (net.evaluate(rows, y).loss !== net.evaluate(x, y).loss || loss.length === 0) throw new Error("other bits");
    return parameters(net);
  },

  // an array's shuffle is that of a buffer with room for all rows
  async streamed(work) {
    using net = await create(work);
    const { x, y, sampleWeights, spec } = work;
    const [rows, inputs] = x.shape;
    const outputs = y.shape[1];
    const items = function* () {
      for (let first = 0, count = 1; first < rows; first += count, count = (count % 11) + 1) {
        const end = Math.min(first + count, rows);
        const part = ({ data }: Data["x"], columns: number) => ({
          data: data.subarray(first * columns, end * columns),
          shape: [end - first, columns],
        });
        const ofItem = { x: part(x, inputs), y: part(y, outputs) };
        yield sampleWeights === undefined ? ofItem : { ...ofItem, sampleWeights: sampleWeights.subarray(first, end) };
      }
    };
    const { shuffle, ...fit } = spec.fit;
    const shuffleBuffer = spec.shuffleBuffer ?? (shuffle ? rows : 0);
    // a schedule asks how many steps come
    const steps = spec.scheduled && { stepsPerEpoch: Math.ceil(rows / fit.batchSize) };
    net.fit(items, { ...fit, ...scheduleOf(work), ...steps, shuffleBuffer });
    return parameters(net);
  },

  async fitAsync(work) {
    using net = await create(work);
    await net.fitAsync(work.x, work.y, work.spec.fit);
    return parameters(net);
  },

  async "save and load"(work) {
    using net = await create(work);
    const first = Math.floor(work.spec.fit.epochs / 2);
    net.fit(work.x, work.y, { ...work.spec.fit, epochs: first });
    using loaded = await work.library.Network.fromJSON(JSON.stringify(net), {
      engine: work.engine,
    });
    expectEngine(loaded.engine, work.engine);
    loaded.fit(work.x, work.y, {
      ...work.spec.fit,
      epochs: work.spec.fit.epochs - first,
    });
    return parameters(loaded);
  },

  // the first call of a training takes one step, whatever the clock says
  async interrupted(work) {
    using whole = await create(work);
    using first = await load(work, firstCheckpoint(whole, work, { everyEpochs: 1 }, false));
    using second = await load(work, firstCheckpoint(first, work, { everySeconds: 0 }, true));
    using net = await load(work, firstCheckpoint(second, work, { everySeconds: 0 }, true));
    using begun = await work.library.Network.fromJSON(JSON.stringify(net), { engine: work.engine });
    const interrupted = [...parameters(begun), ...parameters(net)];
    const loss = losses(net, work, { resume: true });
    return [...interrupted, { what: "losses", values: Float64Array.from(loss) }, ...parameters(net)];
  },
};

function times(values: FloatArray, scale: number): FloatArray {
  return values.map((value) => value * scale);
}

/** Of the initial parameters and all rows; the error of the caller's own has y as ∂E/∂a. */
async function gradients(work: Work, dropout: Pick<BackwardOptions, "dropout">): Promise<Part[]> {
  using net = await create(work);
  const { x, y, sampleWeights } = work;
  const asked = { inputGradient: true, outputs: true, ...dropout };
  const { loss, ...found } = net.gradients(x, y, { ...asked, ...(sampleWeights && { sampleWeights }) });
  const ofE = { what: "E", values: Float64Array.of(loss) };
  return [ofE, ...partsOf("gradients", found), ...partsOf("backward", net.backward(x, y, asked))];
}

function partsOf(call: string, { gradients, inputGradient, outputs }: Backward): Part[] {
  const ofLayers = gradients.flatMap((layer, l) =>
    Object.entries(layer).map(([name, values]) => ({ what: `${call}: ${name} of layer ${l}`, values })),
  );
  return [
    ...ofLayers,
    { what: `${call}: ∂E/∂x`, values: inputGradient! },
    { what: `${call}: outputs`, values: outputs! },
  ];
}

/** The elements that are not 0, and some zeros. */
function compressed({ data, shape }: Data["x"]): CompressedMatrix {
  const [rows, columns] = shape;
  const [elements, indices, indptr]: number[][] = [[], [], [0]];
  for (let s = 0; s < rows; s++) {
    for (let i = 0; i < columns; i++) {
      const element = data[s * columns + i]!;
      if (element === 0 && (s + i) % 7 !== 0) continue;
      elements!.push(element);
      indices!.push(i);
    }
    indptr!.push(elements!.length);
  }
  return { data: elements!, indices: indices!, indptr: indptr!, shape };
}

async function load({ library, engine }: Work, file: Uint8Array): Promise<Network> {
  const net = await library.Network.load(file, { engine });
  expectEngine(net.engine, engine);
  return net;
}

/**
 * Trains, or goes on, up to the first checkpoint. A training that went on would write one in every few milliseconds.
 */
function firstCheckpoint(net: Network, work: Work, when: Omit<Checkpoint, "save">, resume: boolean): Uint8Array {
  const kept: Uint8Array[] = [];
  const enough = new Error("a checkpoint is kept");
  const save = (file: Uint8Array) => {
    kept.push(file);
    throw enough;
  };
  try {
    losses(net, work, { resume, checkpoint: { ...when, save } });
  } catch (error) {
    if (error !== enough) throw error;
  }
  return kept[0]!;
}

function outputs(net: Network, { x, y }: Work): Part[] {
  return [
    { what: "outputs", values: net.predict(x).data },
    { what: "error", values: Float64Array.of(net.evaluate(x, y).loss) },
  ];
}

/** Trains; returns the losses of the epochs that ended finite. */
function losses(net: Network, work: Work, others: FitOptions = {}): readonly number[] {
  const { spec, x, y, sampleWeights } = work;
  const options = {
    ...spec.fit,
    ...(sampleWeights !== undefined && { sampleWeights }),
    ...scheduleOf(work),
    ...others,
  };
  let ended: readonly number[];
  try {
    ended = net.fit(x, y, options).loss;
  } catch (error) {
    const { name, loss } = error as { name: string; loss: readonly number[] };
    if (!spec.diverges || name !== "NotFiniteError") throw error;
    return loss;
  }
  if (spec.diverges) throw new Error("the training didn't end with a NotFiniteError");
  return ended;
}

function scheduleOf({ spec, dtype }: Work): Pick<FitOptions, "schedule"> {
  const rate = rateOf(spec, dtype);
  return spec.scheduled ? { schedule: ({ epoch, step }) => rate / (1 + 0.5 * epoch + 0.25 * step) } : {};
}

function rateOf({ learningRate }: Spec, dtype: DType): number {
  return typeof learningRate === "number" ? learningRate : learningRate[dtype];
}

function layerOf(units: number, layer: NonNullable<Spec["activations"]>[number] = {}): LayerOptions {
  if ("type" in layer) return layer;
  return { units, activation: "sigmoid", initializer: "glorotUniform", ...layer };
}

async function create({ library, engine, dtype, spec }: Work): Promise<Network> {
  const [inputs, ...units] = spec.sizes;
  const net = await library.Network.create({
    inputs: inputs!,
    layers: units.map((count, l) => layerOf(count, spec.activations?.[l])),
    loss: spec.loss ?? "sse",
    optimizer: {
      type: "sgd",
      ...spec.optimizer,
      learningRate: rateOf(spec, dtype),
    },
    dtype,
    seed: spec.seed,
    engine,
  });
  expectEngine(net.engine, engine);
  if (spec.negativeZeros) {
    net.setParameters(
      net.getParameters().map(({ weights, biases }) => ({
        weights,
        biases: biases.map(() => -0),
      })),
    );
  }
  return net;
}
