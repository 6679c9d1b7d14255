// What the fuzz calls: every command is plain data, so that fast-check can shrink it, and runs on a world of either
// engine.

import { type EpochInfo, Network } from "bitgrad";
import fc from "fast-check";
import { ACTIVATION_NAMES } from "../../bindings/catalog/activations.ts";
import { LOSS_NAMES } from "../../bindings/catalog/losses.ts";
import { METRICS } from "../../bindings/catalog/metrics.ts";
import { OPTIMIZER_NAMES } from "../../bindings/catalog/optimizers.ts";
import { FORMS, type Recipe, STREAM_FORMS, shown, type Trap, told, type World } from "./world.ts";

export type Command = { readonly [key: string]: unknown } & { readonly call: string };

const index = fc.nat(5);
const seed = fc.nat(2 ** 31);

const trap: fc.Arbitrary<Trap> = fc.oneof(
  fc.record({ do: fc.constantFrom("throw" as const, "grow" as const, "nothing" as const) }),
  fc.record({
    do: fc.constantFrom(
      "dispose" as const,
      "predict" as const,
      "fit" as const,
      "fitAsync" as const,
      "setParameters" as const,
      "digest" as const,
    ),
    net: index,
  }),
  fc.record({ do: fc.constant("create" as const), seed }),
);

const GOOD = ["rows", "typed", "other", "typedRows", "subclass", "compressed"] as const;
const recipe = (...forms: readonly Recipe["form"][]): fc.Arbitrary<Recipe> =>
  fc.record({ form: fc.constantFrom(...forms), seed, rows: fc.integer({ min: 1, max: 7 }), at: fc.nat(40), trap });
const data = fc.oneof({ weight: 3, arbitrary: recipe(...GOOD) }, { weight: 2, arbitrary: recipe(...FORMS) });

const layer = fc.record(
  {
    units: fc.integer({ min: 1, max: 12 }),
    activation: fc.constantFrom(...ACTIVATION_NAMES.slice(0, -1)),
    dropout: fc.constantFrom(0, 0.25),
    l1: fc.constantFrom(0, 1e-3),
    l2: fc.constantFrom(0, 1e-2),
    trainable: fc.constantFrom(true, true, false),
    initializer: fc.constantFrom("glorotUniform", "heNormal", "orthogonal", "zeros"),
  },
  { requiredKeys: ["units"] },
);

const options = fc
  .record({
    inputs: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(33, 64)),
    hidden: fc.array(layer, { maxLength: 2 }),
    units: fc.integer({ min: 1, max: 9 }),
    last: fc.constantFrom("sigmoid", "sigmoid", "linear", "tanh", "softmax"),
    loss: fc.constantFrom(undefined, undefined, ...LOSS_NAMES),
    optimizer: fc.record(
      {
        type: fc.constantFrom(...OPTIMIZER_NAMES),
        learningRate: fc.constantFrom(0.01, 0.1, 1, 1e30),
        clipNorm: fc.constantFrom(0.1, 10),
        clipValue: fc.constantFrom(0.01, 1),
      },
      { requiredKeys: ["type"] },
    ),
    dtype: fc.constantFrom("f32", "f64"),
    seed,
  })
  .map(({ hidden, units, last, loss, ...rest }) => ({
    ...rest,
    ...(loss !== undefined && { loss }),
    layers: [
      ...hidden.map(({ dropout, ...other }) => (dropout ? { ...other, dropout } : other)),
      { units, activation: last },
    ],
  }));

const fitOptions = fc.record(
  {
    epochs: fc.integer({ min: 1, max: 4 }),
    batchSize: fc.integer({ min: 1, max: 9 }),
    shuffle: fc.boolean(),
    schedule: fc.constantFrom(
      { type: "step", every: 1, factor: 0.5 },
      { type: "cosine", epochs: 3 },
      { type: "plateau", patience: 0 },
      { type: "plateau", patience: 0, monitor: "validationLoss" },
      { type: "exponential", factor: 0.5 },
      { type: "none" },
    ),
    metrics: fc.subarray([...METRICS], { maxLength: 2 }),
    validationSplit: fc.constantFrom(0.2, 0.5, { last: 0.4 }, 0, 1, "0.5", {}),
    earlyStopping: fc.record({ patience: fc.constantFrom(1, 2), restoreBest: fc.boolean() }),
    validation: data,
    sampleWeights: data,
    classWeights: data,
    resume: fc.boolean(),
    onEpoch: trap,
    saves: fc.boolean(),
  },
  { requiredKeys: [] },
);

/** A training that is sprung and goes on beside one that waits for items may end before its end or after it. */
const calmTrap = trap.map((one) => (one.do === "fitAsync" ? { ...one, do: "fit" as const } : one));
const calm = (all: fc.Arbitrary<Recipe>) =>
  fc.tuple(all, calmTrap).map(([one, other]): Recipe => ({ ...one, trap: other }));
const plainStreamOptions = {
  epochs: fc.integer({ min: 1, max: 3 }),
  batchSize: fc.integer({ min: 1, max: 9 }),
  shuffleBuffer: fc.constantFrom(0, 1, 3, 100),
  schedule: fc.constant({ type: "step", every: 1, factor: 0.5 }),
  earlyStopping: fc.record({ patience: fc.constantFrom(1, 2), restoreBest: fc.boolean() }),
  onEpoch: calmTrap,
  saves: fc.boolean(),
};
/** Most of them are taken; some need each other, or are none of a stream. */
const streamOptions = fc.oneof(
  { weight: 4, arbitrary: fc.record(plainStreamOptions, { requiredKeys: ["epochs"] }) },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        ...plainStreamOptions,
        stepsPerEpoch: fc.integer({ min: 1, max: 4 }),
        schedule: fc.constant({ type: "cosine", epochs: 3 }),
        metrics: fc.subarray([...METRICS], { maxLength: 2 }),
        validation: recipe(...GOOD),
        resume: fc.boolean(),
        shuffle: fc.boolean(),
      },
      { requiredKeys: ["epochs"] },
    ),
  },
);
const stream = fc.record({
  form: fc.constantFrom(...STREAM_FORMS),
  items: fc.array(fc.oneof({ weight: 6, arbitrary: recipe(...GOOD) }, { weight: 1, arbitrary: calm(data) }), {
    minLength: 1,
    maxLength: 5,
  }),
  waits: fc.boolean(),
  weighted: fc.boolean(),
  at: fc.nat(40),
  trap: calmTrap,
});

const size = fc.constantFrom(0, 1, 2, 3, 5, 8, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1, -1, 0.5, Number.NaN);
const small = fc.integer({ min: 0, max: 9 });
const floats = fc.record({ dtype: fc.constantFrom("f32", "f64"), length: fc.integer({ min: 0, max: 40 }), seed });

export const creation: fc.Arbitrary<Command> = fc.record({ call: fc.constant("create"), options });

export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 2, arbitrary: creation },
  {
    weight: 4,
    arbitrary: fc.record({
      call: fc.constantFrom("fit", "fit", "fitAsync"),
      net: index,
      x: data,
      y: data,
      options: fitOptions,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      call: fc.constantFrom("stream", "streamAsync"),
      net: index,
      stream,
      options: streamOptions,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      call: fc.constant("predict"),
      net: index,
      x: data,
      out: fc.constantFrom("none", "right", "long", "other", "memory"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      call: fc.constant("evaluate"),
      net: index,
      x: data,
      y: data,
      metrics: fc.subarray([...METRICS], { maxLength: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      call: fc.constantFrom("gradients", "backward"),
      net: index,
      x: data,
      y: data,
      inputGradient: fc.constantFrom(true, false, 1),
      dropout: fc.constantFrom(undefined, {}, { batch: 3 }, { epoch: 2, batch: 2 ** 32 }, { batch: "1" }),
      sampleWeights: fc.option(data),
      out: fc.constantFrom("none", "right", "long", "memory"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      call: fc.constant("apply"),
      net: index,
      values: data,
      late: fc.boolean(),
      rate: fc.constantFrom(undefined, 0.5, 1e30, -1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ call: fc.constant("partialFit"), net: index, x: data, y: data }) },
  {
    weight: 2,
    arbitrary: fc.record({ call: fc.constant("setParameters"), net: index, values: data, late: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ call: fc.constantFrom("getParameters", "toJSON", "save", "digest", "dispose"), net: index }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ call: fc.constantFrom("reload", "reloadJSON"), net: index, flip: fc.option(fc.nat(4000)) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      call: fc.constant("setTrainable"),
      net: index,
      layer: fc.integer({ min: -1, max: 3 }),
      to: fc.constantFrom(true, false, 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      call: fc.constant("learningRate"),
      net: index,
      to: fc.constantFrom(0, 0.5, 1e39, -1, Number.NaN, "1"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      call: fc.constant("op"),
      name: fc.constantFrom("forward", "inputGradient", "weightGradient", "biasGradient", "sseError"),
      shape: fc.oneof(
        fc.record({ rows: small, inputs: small, units: small }),
        fc.record({ rows: size, inputs: size, units: size }),
      ),
      dtype: fc.constantFrom("f32", "f64"),
      seed,
      honest: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      call: fc.constant("elementwise"),
      name: fc.constantFrom(
        "sigmoid",
        "tanh",
        "exp",
        "log",
        "sigmoidDerivative",
        "sseGradient",
        "update",
        "activate",
        "activationDerivative",
      ),
      a: floats,
      b: floats,
      activation: fc.constantFrom(...ACTIVATION_NAMES),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ call: fc.constant("shuffle"), rows: fc.oneof(small, size), seed, epoch: fc.nat(9) }),
  },
);

function numbers(dtype: string, length: number, from: number) {
  const values = Float64Array.from({ length }, (_, n) => Math.sin(n * 12.9898 + from) * 4);
  return dtype === "f32" ? Float32Array.from(values) : values;
}

// biome-ignore lint/suspicious/noExplicitAny: arguments are meant to be wrong
type Anything = any;

/** Runs a command and says what came of it. */
export async function run(world: World, { call, ...given }: Command): Promise<string> {
  try {
    return shown(await perform(world, call, given));
  } catch (error) {
    return told(error);
  }
}

/** A listener that springs a trap and ends the training, and checkpoints. */
function listening(world: World, onEpoch: Trap | undefined, saves: boolean | undefined, files: unknown[]) {
  return {
    ...(onEpoch && {
      onEpoch: ({ epoch, stop }: EpochInfo) => {
        if (epoch === 2) world.spring(onEpoch);
        if (epoch === 3) stop();
      },
    }),
    ...(saves && { checkpoint: { everyEpochs: 2, save: (file: Uint8Array) => void files.push(file.slice()) } }),
  };
}

function perform(world: World, call: string, given: Anything): unknown {
  const { op } = world;
  const net = world.net(given.net ?? 0) as Anything;
  switch (call) {
    case "create":
      return world.create(given.options);
    case "op": {
      const { name, shape, dtype, seed: from, honest } = given;
      const { rows, inputs, units } = shape;
      const array = (one: number, other: number, n: number) => {
        const length = one * other;
        return numbers(dtype, honest && length >= 0 && length < 1e5 ? Math.floor(length) : 0, from + n);
      };
      const kernels = op as Anything;
      if (name === "forward")
        return kernels.forward(array(rows, inputs, 1), array(inputs, units, 2), array(units, 1, 3), shape);
      if (name === "inputGradient") return kernels.inputGradient(array(rows, units, 1), array(inputs, units, 2), shape);
      if (name === "weightGradient")
        return kernels.weightGradient(array(rows, inputs, 1), array(rows, units, 2), shape);
      if (name === "biasGradient") return kernels.biasGradient(array(rows, units, 1), { rows, units });
      return kernels.sseError(array(rows, units, 1), array(rows, units, 2), { rows, units });
    }
    case "elementwise": {
      const { name, activation } = given;
      const [a, b] = [given.a, given.b].map(({ dtype, length, seed: from }) => numbers(dtype, length, from));
      const kernels = op as Anything;
      if (name === "sseGradient") return kernels.sseGradient(a, b);
      if (name === "update") return kernels.update(a, b, 0.1);
      if (name.startsWith("activat")) return kernels[name](a, activation);
      return kernels[name](a);
    }
    case "shuffle":
      // an order of 2^31 rows takes minutes, on either engine
      return given.rows > 1e6 && given.rows < 2 ** 30 ? "left out" : op.shuffle(given.rows, given.seed, given.epoch);
  }
  if (net === undefined) return "no network";
  switch (call) {
    case "fit":
    case "fitAsync": {
      const { validation, sampleWeights, classWeights, onEpoch, saves, ...rest } = given.options;
      const x = world.matrix(given.x, net.inputs);
      const y = world.matrix({ ...given.y, rows: given.x.rows }, net.outputs, true);
      const files: unknown[] = [];
      const options = {
        ...rest,
        ...(validation && {
          validation: [
            world.matrix(validation, net.inputs),
            world.matrix({ ...validation, form: "typed" }, net.outputs, true),
          ],
        }),
        ...(sampleWeights && { sampleWeights: world.list(sampleWeights, given.x.rows) }),
        ...(classWeights && { classWeights: world.list(classWeights, Math.max(2, net.outputs)) }),
        ...listening(world, onEpoch, saves, files),
      };
      if (call === "fit") return [net.fit(x, y, options), files];
      return net.fitAsync(x, y, options).then((history: unknown) => [history, files]);
    }
    case "stream":
    case "streamAsync": {
      const { validation, onEpoch, saves, ...rest } = given.options;
      const rows = world.stream(given.stream, net.inputs, net.outputs);
      const files: unknown[] = [];
      const options = {
        ...rest,
        ...(validation && {
          validation: [
            world.matrix(validation, net.inputs),
            world.matrix({ ...validation, form: "typed" }, net.outputs, true),
          ],
        }),
        ...listening(world, onEpoch, saves, files),
      };
      if (call === "stream") return [net.fit(rows, options), files];
      return net.fitAsync(rows, options).then((history: unknown) => [history, files]);
    }
    case "partialFit":
      return net.partialFit(
        world.matrix(given.x, net.inputs),
        world.matrix({ ...given.y, rows: given.x.rows }, net.outputs, true),
      );
    case "gradients":
    case "backward": {
      const x = world.matrix(given.x, net.inputs);
      const y = world.matrix({ ...given.y, rows: given.x.rows }, net.outputs, call === "gradients");
      const inputGradient = new (net.dtype === "f64" ? Float64Array : Float32Array)(
        given.x.rows * net.inputs + (given.out === "long" ? 1 : 0),
      );
      if (given.out === "memory") structuredClone(inputGradient.buffer, { transfer: [inputGradient.buffer] });
      const options = {
        inputGradient: given.inputGradient,
        ...(given.dropout && { dropout: given.dropout }),
        ...(given.out !== "none" && { out: { inputGradient, gradients: net.getParameters() } }),
        ...(call === "gradients" &&
          given.sampleWeights && { sampleWeights: world.list(given.sampleWeights, given.x.rows) }),
      };
      return net[call](x, y, options);
    }
    case "apply": {
      const layers = net.getParameters();
      const which = given.late ? layers.length - 1 : 0;
      const { length } = layers[which].weights;
      return net.apply(
        layers.map((one: object, l: number) =>
          l === which ? { ...one, weights: world.list(given.values, length) } : one,
        ),
        given.rate === undefined ? undefined : { learningRate: given.rate },
      );
    }
    case "predict": {
      const x = world.matrix(given.x, net.inputs);
      if (given.out === "none") return net.predict(x);
      const length = given.x.rows * net.outputs + (given.out === "long" ? 1 : 0);
      const wide = (net.dtype === "f64") !== (given.out === "other");
      const out = wide ? new Float64Array(length) : new Float32Array(length);
      if (given.out === "memory") structuredClone(out.buffer, { transfer: [out.buffer] });
      return net.predict(x, out);
    }
    case "evaluate":
      return net.evaluate(
        world.matrix(given.x, net.inputs),
        world.matrix({ ...given.y, rows: given.x.rows }, net.outputs, true),
        { metrics: given.metrics },
      );
    case "setParameters": {
      const layers = net.getParameters();
      const which = given.late ? layers.length - 1 : 0;
      const { length } = layers[which].weights;
      return net.setParameters(
        layers.map((one: object, l: number) =>
          l === which ? { ...one, weights: world.list(given.values, length) } : one,
        ),
      );
    }
    case "setTrainable":
      return net.setTrainable(given.layer, given.to);
    case "learningRate":
      net.learningRate = given.to;
      return net.learningRate;
    case "reload": {
      const file = net.save();
      if (given.flip !== null && given.flip < file.length) file[given.flip] ^= 1 << (given.flip % 8);
      return world.nets.push(Network.loadSync(file, { engine: world.engine })) && "loaded";
    }
    case "reloadJSON": {
      let text = JSON.stringify(net);
      if (given.flip !== null && given.flip < text.length)
        text = `${text.slice(0, given.flip)}7${text.slice(given.flip + 1)}`;
      return world.nets.push(Network.fromJSONSync(text, { engine: world.engine })) && "loaded";
    }
    case "dispose":
      return net.dispose();
    default:
      return net[call]();
  }
}
