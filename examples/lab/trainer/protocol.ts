// What the page and its trainer say to each other. The trainer runs in a worker, or in the page where there is none:
// both ways it takes a Request and gives Events, and whatever they hold can be cloned.

import type { Claim, Machine, Recipe } from "../recipe.ts";

export type Request =
  /** Begins anew: epoch 0. `file` has the bytes of a recipe whose data is a file. */
  | { readonly type: "load"; readonly recipe: Recipe; readonly machine: Machine; readonly file?: Uint8Array }
  /** Trains to the end of epoch `until`, or until it is told to pause; at most `speed` epochs a second. */
  | { readonly type: "run"; readonly until?: number; readonly speed?: number }
  | { readonly type: "pause" }
  /** One batch. The epoch's other batches follow with further steps, or with run or epoch. */
  | { readonly type: "step" }
  | { readonly type: "epoch" }
  /** Which pictures the frames shall have; those that nobody sees cost nothing. */
  | { readonly type: "show"; readonly pictures: Pictures }
  /** The digest and the parameters after an epoch, trained again beside the training if it is over. */
  | { readonly type: "recall"; readonly epoch: number }
  /** A row of numbers as the network's data has them, such as 64 pixels. */
  | { readonly type: "predict"; readonly id: number; readonly row: Float64Array }
  /** The bytes of Network.save. */
  | { readonly type: "save" };

export interface Pictures {
  /** Points on a side of the output's picture, and of each unit's own; 0: none. */
  readonly output: number;
  readonly units: number;
  readonly weights: boolean;
  readonly gradients: boolean;
  readonly confusion: boolean;
}

export type Event = Loaded | Frame | Recalled | Predicted | Saved | Failed;

/** What the data and the network are. */
export interface Loaded {
  readonly type: "loaded";
  readonly task: "classes" | "numbers";
  /** Names of the network's inputs and outputs; classes have their labels. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Columns of a table that were left out. */
  readonly dropped?: readonly string[];
  /** Units of each layer in order, the inputs first. */
  readonly layers: readonly { readonly name: string; readonly units: number; readonly activation?: string }[];
  /** The plane's points: x1, x2 and the label of each, those for validation last; without a plane, none. */
  readonly points?: { readonly data: Float64Array; readonly training: number };
  /** Of a table's number to learn: outputs times the deviation, plus the mean, are in its own unit. */
  readonly scale?: { readonly mean: number; readonly deviation: number };
  readonly rows: { readonly training: number; readonly validation: number };
  readonly parameters: number;
  readonly loss: string;
  readonly metric: string;
  readonly engine: string;
  /** Why it isn't what was asked for: no WebAssembly, no threads. */
  readonly remarks: readonly string[];
}

/** The training at one moment. A frame has whole epochs, or with `batch` above 0 so many batches of the next. */
export interface Frame {
  readonly type: "frame";
  readonly running: boolean;
  readonly epoch: number;
  readonly batch: number;
  readonly batches: number;
  /**
   * What the epochs since the last frame gave, thinned to at most 500. NaN is what nobody measured: the loss of epoch 0
   * is that of the untrained network, measures are taken some times a second, and after a run's last epoch, which
   * may then come a second time without its loss.
   */
  readonly history: {
    readonly epochs: Float64Array;
    readonly loss: Float64Array;
    readonly validationLoss: Float64Array;
    readonly metric: Float64Array;
    readonly validationMetric: Float64Array;
  };
  /** Samples trained a second, pictures included, since it ran last. */
  readonly rate: number;
  /** Of the parameters; "" while it runs if it would take too long. */
  readonly digest: string;
  /** Digests since the last frame, after every `stride`-th epoch. */
  readonly ladder: readonly { readonly epoch: number; readonly digest: string }[];
  readonly stride: number;
  /** side × side × outputs numbers of the plane from −6 to 6, rows from the top (x2 = 6) down. */
  readonly output?: { readonly side: number; readonly data: Float32Array };
  /** The same of each hidden layer's units, with the range that they have, unit after unit. */
  readonly units?: readonly {
    readonly layer: number;
    readonly units: number;
    readonly side: number;
    readonly data: Float32Array;
  }[];
  /** Of each dense layer in order: inputs × units weights, row-major, and the biases. */
  readonly weights?: readonly { readonly layer: number; readonly w: Float64Array; readonly b: Float64Array }[];
  /** The Euclidean norm of each dense layer's gradient on the first batch. */
  readonly gradients?: readonly number[];
  /** classes × classes counts, rows the true class, of the validation rows if there are some. */
  readonly confusion?: { readonly classes: number; readonly counts: Uint32Array };
}

export interface Recalled {
  readonly type: "recalled";
  readonly epoch: number;
  readonly digest: string;
  readonly parameters: Float64Array;
}

export interface Predicted {
  readonly type: "predicted";
  readonly id: number;
  readonly outputs: Float64Array;
}

export interface Saved {
  readonly type: "saved";
  readonly file: Uint8Array;
}

/** What went wrong, in words for the page; the training stays as it was. */
export interface Failed {
  readonly type: "failed";
  readonly during: Request["type"];
  readonly message: string;
}

/** What a trainer's place in a worker or in the page gives its user. */
export interface Trainer {
  request(request: Request): void;
  /** Ends it, and its worker. */
  close(): void;
}

/** What came of training a link's recipe again. */
export interface Verdict {
  readonly same: boolean;
  readonly claim: Claim;
  /** The last epoch whose digest was claimed and is the same, and the first that differs. */
  readonly agreed: number;
  readonly parted?: number;
}
