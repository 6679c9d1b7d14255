// Every error bitgrad throws by intent. Messages name the argument, its value and what was expected.

/** What kind of error it is, for `switch` statements and across realms where `instanceof` fails. */
export type ErrorCode =
  | "SHAPE"
  | "DATA"
  | "OPTION"
  | "OUT_OF_MEMORY"
  | "DISPOSED"
  | "BUSY"
  | "NOT_FINITE"
  | "ENGINE"
  | "FORMAT";

/** Base class of all errors of this library. */
export class BitgradError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** An array has the wrong number of rows, columns or elements. */
export class ShapeError extends BitgradError {
  constructor(message: string) {
    super("SHAPE", message);
  }
}

/** A value in the data can't be used: NaN, ±∞, not a number, or a target that the outputs can't reach. */
export class DataError extends BitgradError {
  constructor(message: string) {
    super("DATA", message);
  }
}

/** An option is unknown, missing, of the wrong type or out of range. */
export class OptionError extends BitgradError {
  constructor(message: string) {
    super("OPTION", message);
  }
}

/** The network or the data don't fit into WebAssembly's memory; nothing was changed. */
export class OutOfMemoryError extends BitgradError {
  constructor(message: string, options?: ErrorOptions) {
    super("OUT_OF_MEMORY", message, options);
  }
}

/** The network was used after `dispose()`. */
export class DisposedError extends BitgradError {
  constructor(message: string) {
    super("DISPOSED", message);
  }
}

/** The network is being trained and can't be changed before that ends. */
export class BusyError extends BitgradError {
  constructor(message: string) {
    super("BUSY", message);
  }
}

/** A training left the finite numbers; the network keeps the parameters of the last epoch that ended finite. */
export class NotFiniteError extends BitgradError {
  /** The epoch of this training, counted from 1, that did not end finite. */
  readonly epoch: number;
  /** The losses of the epochs before it. */
  readonly loss: number[];

  constructor(message: string, epoch: number, loss: number[]) {
    super("NOT_FINITE", message);
    this.epoch = epoch;
    this.loss = loss;
  }
}

/** The engine that was asked for can't run here. */
export class EngineError extends BitgradError {
  constructor(message: string, options?: ErrorOptions) {
    super("ENGINE", message, options);
  }
}

/** A saved network is damaged, of another kind, or of a newer version. */
export class FormatError extends BitgradError {
  constructor(message: string, options?: ErrorOptions) {
    super("FORMAT", message, options);
  }
}
