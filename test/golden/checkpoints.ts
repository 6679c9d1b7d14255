// A training with everything on, its checkpoints and its end. checkpoints.json has them as Node wrote them: every
// platform must write the same bytes, and go on from them to the same end. So a training that is killed anywhere goes
// on anywhere.

import type { DType, EngineName, EngineOptions, FitOptions, History, Network, NetworkOptions } from "bitgrad";
import { fromBase64, toBase64 } from "../../bindings/saving/bytes.ts";
import { xorshift } from "../../bindings/verify/cases.ts";
import json from "./checkpoints.json" with { type: "json" };

/** A network of any entry. */
type AnyNetwork = Pick<Network, keyof Network>;

/** What makes and loads networks. */
export interface Loader {
  readonly Network: {
    create(options: NetworkOptions): Promise<AnyNetwork>;
    load(file: Uint8Array, options: EngineOptions): Promise<AnyNetwork>;
  };
}

/** What a training leaves; files as base64. */
export interface Trained {
  readonly afterEpoch: string;
  readonly midEpoch: string;
  /** The network when all is done. */
  readonly end: string;
  readonly digest: string;
  readonly history: History;
}

export type Golden = Readonly<Record<DType, Trained>>;

export const DTYPES = ["f32", "f64"] as const;

const NETWORK: NetworkOptions = {
  inputs: 12,
  layers: [
    { units: 9, activation: "linear", l2: 0.01 },
    { type: "batchNormalization", momentum: 0.8 },
    { type: "activation", activation: "tanh" },
    { type: "dropout", rate: 0.2 },
    { type: "layerNormalization", center: false },
    { units: 2, activation: "linear", l1: 0.001 },
  ],
  loss: "mse",
  optimizer: { type: "nadam", learningRate: 0.01, clipNorm: 0.1 },
  seed: 1,
};

// Two steps are an epoch. The first call of a training takes one, whatever the clock says: so the first file of one
// that goes on from the end of an epoch and keeps a file after every call is from the middle of the next.
const [ROWS, BATCH, EPOCH] = [550, 530, 13];

const FIT: FitOptions = {
  epochs: 30,
  batchSize: BATCH,
  schedule: { type: "plateau", factor: 0.8, patience: 0, threshold: 0.03 },
  metrics: ["mae", "rmse"],
  earlyStopping: { patience: 3 },
};

const DATA = { f32: data(Float32Array), f64: data(Float64Array) };

function data(array: Float32ArrayConstructor | Float64ArrayConstructor) {
  const next = xorshift("checkpoints");
  const matrix = (rows: number, columns: number) =>
    ({ data: new array(rows * columns).map(() => next() / 2 ** 31 - 1), shape: [rows, columns] }) as const;
  return { x: matrix(ROWS, 12), y: matrix(ROWS, 2), validation: [matrix(30, 12), matrix(30, 2)] } as const;
}

/** The whole training. */
export async function train({ Network }: Loader, engine: EngineName, dtype: DType): Promise<Trained> {
  const { x, y, validation } = DATA[dtype];
  using net = await Network.create({ ...NETWORK, dtype, engine });
  let file: Uint8Array | undefined;
  const keep = (kept: Uint8Array) => {
    file ??= kept;
  };
  const history = net.fit(x, y, { ...FIT, validation, checkpoint: { everyEpochs: EPOCH, save: keep } });
  const afterEpoch = toBase64(file!);
  using interrupted = await Network.load(file!, { engine });
  file = undefined;
  interrupted.fit(x, y, { ...FIT, validation, resume: true, checkpoint: { everySeconds: 0, save: keep } });
  const midEpoch = toBase64(file!);
  return { afterEpoch, midEpoch, ...endOf(net, history) };
}

/** The rest of it, from a checkpoint of the golden training, which the loaded network must give again. */
function from(place: "afterEpoch" | "midEpoch") {
  return async ({ Network }: Loader, engine: EngineName, dtype: DType, golden: Trained): Promise<Partial<Trained>> => {
    const { x, y, validation } = DATA[dtype];
    using net = await Network.load(fromBase64(golden[place]), { engine });
    const again = toBase64(net.save());
    const history = await net.fitAsync(x, y, { ...FIT, validation, resume: true });
    return { [place]: again, ...endOf(net, history) };
  };
}

function endOf(net: AnyNetwork, history: History) {
  return { end: toBase64(net.save()), digest: net.digest(), history };
}

const STARTS = {
  "never interrupted": train,
  "from after an epoch": from("afterEpoch"),
  "from the middle of an epoch": from("midEpoch"),
};

const ALL = DTYPES.flatMap((dtype) =>
  Object.entries(STARTS).map(([start, run]) => ({ name: `${dtype}, ${start}`, dtype, run })),
);

export const RESUMPTIONS: readonly string[] = ALL.map(({ name }) => name);

/** By the names of RESUMPTIONS what first differs from the golden training; "" where nothing does. */
export async function resumptions(
  library: Loader,
  engine: EngineName,
  golden: Golden = json as Golden,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { name, dtype, run } of ALL) {
    const trained = run(library, engine, dtype, golden[dtype]);
    found[name] = await trained.then((left) => firstDifference(left, golden[dtype]), String);
  }
  return found;
}

function firstDifference(found: Partial<Trained>, wanted: Trained): string {
  for (const place of ["afterEpoch", "midEpoch", "end"] as const) {
    if (found[place] === undefined || found[place] === wanted[place]) continue;
    return `the file ${place}: ${firstByte(fromBase64(found[place]), fromBase64(wanted[place]))}`;
  }
  const [one, other] = [found, wanted].map(
    ({ digest, history }) => ({ digest, ...history }) as Record<string, unknown>,
  );
  for (const name of Object.keys({ ...one, ...other })) {
    const [is, expected] = [one, other].map((all) => JSON.stringify(all![name]));
    if (is !== expected) return `${name} is ${is}; ${expected} is expected`;
  }
  return "";
}

const SHA256_END = 99; // of the file's own, near its start, which differs wherever another byte does

function firstByte(found: Uint8Array, wanted: Uint8Array): string {
  const bytes = Array.from({ length: Math.max(found.length, wanted.length) }, (_, n) => n);
  const differing = bytes.filter((n) => found[n] !== wanted[n]);
  const at = differing.find((n) => n >= SHA256_END) ?? differing[0]!;
  const [is, expected] = [found, wanted].map((file) => file[at] ?? "no byte");
  return `byte ${at} of ${found.length} is ${is}; ${expected} is expected`;
}
