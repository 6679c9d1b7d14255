// Types of tensors: what they are made of, and what is read of them.

/** How many dimensions a tensor has. */
export type Rank = keyof typeof Rank;

/** The name of each number of dimensions. */
export const Rank = { R0: "R0", R1: "R1", R2: "R2", R3: "R3", R4: "R4", R5: "R5", R6: "R6" } as const;

/** Each of them as a type. */
export namespace Rank {
  /** A number. */
  export type R0 = "R0";
  /** A list. */
  export type R1 = "R1";
  /** A matrix. */
  export type R2 = "R2";
  /** Three dimensions. */
  export type R3 = "R3";
  /** Four dimensions. */
  export type R4 = "R4";
  /** Five dimensions. */
  export type R5 = "R5";
  /** Six dimensions. */
  export type R6 = "R6";
}

/** The shape of a tensor with so many dimensions. */
export interface ShapeMap {
  /** Of a number. */
  R0: number[];
  /** Of a list. */
  R1: [number];
  /** Of a matrix. */
  R2: [number, number];
  /** Of three dimensions. */
  R3: [number, number, number];
  /** Of four dimensions. */
  R4: [number, number, number, number];
  /** Of five dimensions. */
  R5: [number, number, number, number, number];
  /** Of six dimensions. */
  R6: [number, number, number, number, number, number];
}

/** A tensor with its numbers as nested arrays. */
export interface ArrayMap {
  /** Of a number. */
  R0: number;
  /** Of a list. */
  R1: number[];
  /** Of a matrix. */
  R2: number[][];
  /** Of three dimensions. */
  R3: number[][][];
  /** Of four dimensions. */
  R4: number[][][][];
  /** Of five dimensions. */
  R5: number[][][][][];
  /** Of six dimensions. */
  R6: number[][][][][][];
}

/** The typed array of each type. */
export interface DataTypeMap {
  /** Numbers in f32. */
  float32: Float32Array;
  /** Whole numbers. */
  int32: Int32Array;
  /** 0 or 1. */
  bool: Uint8Array;
}

/** The array that a tensor's numbers are in. */
export type TypedArray = DataTypeMap[keyof DataTypeMap];

/** What a tensor is made of: a number, nested arrays of equal lengths, or a typed array. */
export type TensorLike =
  | number
  | boolean
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Int16Array
  | Uint16Array
  | Uint32Array
  | readonly TensorLike[];
