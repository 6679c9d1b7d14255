// The trained network in every form that the library writes, and what else there is to take along. A page loads this
// when somebody asks for it.

import type { Network } from "bitgrad";
import { toBrainJS, toC, toJavaScript, toONNX, toSafetensors, toScikitLearn, toTensorFlowJS } from "bitgrad/formats";
import { digitsAsCSV } from "../data/digits.ts";
import { programOf } from "../program.ts";
import { zipOf } from "./zip.ts";

export { digitsAsCSV, programOf };

/** A form of the network: a file to save, or why there is none. */
export interface TakeAway {
  readonly id: string;
  readonly title: string;
  /** What it is for. */
  readonly what: string;
  readonly file?: { readonly name: string; readonly type: string; readonly bytes: Uint8Array<ArrayBuffer> };
  readonly why?: string;
}

interface Form {
  readonly id: string;
  readonly title: string;
  readonly what: string;
  readonly file: string;
  readonly type: string;
  readonly write: (network: Network) => Uint8Array | string | object;
}

const BINARY = "application/octet-stream";
const JSON_TYPE = "application/json";

const FORMS: readonly Form[] = [
  {
    id: "network",
    title: "The whole network",
    what: "For Network.load of bitgrad: with the optimizer's state, so that it can be trained on",
    file: "network.safetensors",
    type: BINARY,
    write: (network) => network.save(),
  },
  {
    id: "json",
    title: "The whole network as JSON",
    what: "For Network.fromJSON of bitgrad",
    file: "network.json",
    type: JSON_TYPE,
    write: (network) => network.toJSON(),
  },
  {
    id: "javascript",
    title: "A function in JavaScript",
    what: "One function that predicts with the same bits, and needs no library",
    file: "predict.mjs",
    type: "text/javascript",
    write: (network) => toJavaScript(network),
  },
  {
    id: "c",
    title: "A header in C",
    what: "One function that predicts with the same bits, for small processors",
    file: "predict.h",
    type: "text/x-c",
    write: (network) => toC(network),
  },
  {
    id: "safetensors",
    title: "Weights for PyTorch",
    what: "Safetensors under the names of an nn.Sequential, for load_state_dict",
    file: "weights.safetensors",
    type: BINARY,
    write: (network) => toSafetensors(network),
  },
  {
    id: "onnx",
    title: "ONNX",
    what: "For ONNX Runtime, and whatever else reads ONNX",
    file: "model.onnx",
    type: BINARY,
    write: (network) => toONNX(network),
  },
  {
    id: "tensorflow",
    title: "TensorFlow.js",
    what: "A layers model: model.json and its weights, in a ZIP archive",
    file: "tensorflow-model.zip",
    type: "application/zip",
    write: (network) => {
      const files = Object.entries(toTensorFlowJS(network, { files: true }));
      return zipOf(Object.fromEntries(files.map(([name, file]) => [name, bytesOf(file)])));
    },
  },
  {
    id: "scikit-learn",
    title: "scikit-learn",
    what: "The attributes of an MLPClassifier or MLPRegressor, as JSON",
    file: "scikit-learn.json",
    type: JSON_TYPE,
    write: (network) => toScikitLearn(network),
  },
  {
    id: "brain",
    title: "brain.js",
    what: "For fromJSON of a NeuralNetwork of brain.js 2",
    file: "brain.json",
    type: JSON_TYPE,
    write: (network) => toBrainJS(network),
  },
];

/** Names and purposes of all forms, before any is made. */
export const FORMATS: readonly Pick<TakeAway, "id" | "title" | "what">[] = FORMS.map(({ id, title, what }) => {
  return { id, title, what };
});

/** A network of these bytes in one form. `Class` is the trainer's `Network`, which the page has already. */
export async function takeAway(file: Uint8Array<ArrayBuffer>, id: string, Class: typeof Network): Promise<TakeAway> {
  const form = FORMS.find((one) => one.id === id);
  if (form === undefined) throw new Error(`there is no form "${id}"`);
  const { title, what } = form;
  const network = await Class.load(file, { warn: false });
  try {
    const bytes = bytesOf(form.write(network));
    return { id, title, what, file: { name: form.file, type: form.type, bytes } };
  } catch (error) {
    return { id, title, what, why: error instanceof Error ? error.message : String(error) };
  } finally {
    network.dispose();
  }
}

function bytesOf(written: Uint8Array | string | object): Uint8Array<ArrayBuffer> {
  if (written instanceof Uint8Array) return written as Uint8Array<ArrayBuffer>;
  if (written instanceof ArrayBuffer) return new Uint8Array(written);
  return new TextEncoder().encode(typeof written === "string" ? written : JSON.stringify(written));
}

/** Numbers of epochs as CSV; what nobody measured is an empty cell. */
export function historyAsCSV(
  series: Readonly<Record<"epochs" | "loss" | "validationLoss" | "metric" | "validationMetric", ArrayLike<number>>>,
  metric: string,
): string {
  const { epochs, loss, validationLoss, metric: own, validationMetric } = series;
  const columns = [epochs, loss, own, validationLoss, validationMetric];
  const names = ["epoch", "loss", metric, "validation_loss", `validation_${metric}`];
  const isThere = columns.map((column) => Array.from(column).some((value) => !Number.isNaN(value)));
  const line = (cells: readonly (string | number)[]) => `${cells.filter((_, n) => isThere[n]).join(",")}\n`;
  const row = (n: number) => line(columns.map((column) => (Number.isNaN(column[n]) ? "" : column[n]!)));
  return line(names) + Array.from({ length: epochs.length }, (_, n) => row(n)).join("");
}

/** HTML that shows this training in another page. `folder` is where the lab's scripts are, ending with a slash. */
export function embedOf(link: string, folder: string): string {
  const [safe, at] = [link, folder].map((text) => text.replace(/[&"<]/g, (char) => `&#${char.charCodeAt(0)};`));
  return `<script defer src="${at}bitgradTrainer.js"></script>
<script defer src="${at}lab.js"></script>
<bitgrad-lab link="${safe}"></bitgrad-lab>
`;
}
