// What a model that is read consists of.

import type { ExternalData, Tensor } from "./tensor.ts";

/** An attribute, in the fields that it has. */
export interface Attribute {
  float?: number;
  whole?: number;
  text?: string;
  tensor?: Uint8Array;
  floats: number[];
  wholes: number[];
}

export interface Node {
  /** As messages name it. */
  readonly where: string;
  readonly operator: string;
  /** undefined for those that are left out. */
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** What a name in a graph stands for. */
export interface Value {
  readonly name: string;
  /** What computes it: its first output. */
  readonly node?: Node;
  /** Whether it is the same for all inputs. */
  readonly isConstant: boolean;
  /** A constant, once it is known. */
  tensor?: Tensor;
}

/** The name of an input or output, its type, and its shape: −1 for sizes that are not fixed. */
export interface ValueInfo {
  readonly name: string;
  readonly type: number;
  readonly shape?: readonly number[];
}

export interface Model {
  readonly opset: number;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly values: ReadonlyMap<string, Value>;
  readonly files: ExternalData;
  /** How many numbers may yet be made of those in the file. */
  left: number;
}
