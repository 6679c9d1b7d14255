// Every error bitgrad throws by intent. Messages name the argument, its value and what was expected.

/** The kind of an error, for `switch` statements and for errors from another realm, where `instanceof` fails. */
export type ErrorCode =
  | "SHAPE"
  | "DATA"
  | "OPTION"
  | "OUT_OF_MEMORY"
  | "DISPOSED"
  | "BUSY"
  | "NOT_FITTED"
  | "NOT_FINITE"
  | "ENGINE"
  | "FORMAT";

/** The key under which an error has the name of its class; all entries and copies of this library share it. */
const BRAND = /* @__PURE__ */ Symbol.for("bitgrad.error");

/**
 * Base class of all errors of this library. `name` is the name of the class, in minified bundles, too. Each entry has
 * classes of its own, but `instanceof` also works with those of another entry.
 */
export class BitgradError extends Error {
  /** @internal A literal: minifiers rename classes. */
  static readonly errorName: string = "BitgradError";
  /** The kind of the error. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message);
    this.code = code;
    const type = new.target;
    const { errorName } = type;
    const define = (object: object, key: PropertyKey, value: unknown) =>
      Reflect.defineProperty(object, key, { value, configurable: true, writable: true });
    if (hasOwnName(type)) define(type, "name", errorName); // consoles print it, too, and minifiers rename classes
    define(this, "name", errorName);
    define(this, BRAND, errorName);
    if ("cause" in Object(options)) define(this, "cause", options!.cause); // Chrome 91's Error constructor ignores it
  }

  /** @internal Of a user's subclass, only the prototype chain decides. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (Function.prototype[Symbol.hasInstance].call(this, value)) return true;
    const { errorName } = this;
    if (!hasOwnName(this) || typeof value !== "object") return false;
    const brand = (value as { [BRAND]?: unknown } | null)?.[BRAND];
    return typeof brand === "string" && (brand === errorName || errorName === "BitgradError");
  }
}

/** Whether it is a class of the library: a user's subclass has no `errorName` of its own. */
function hasOwnName(type: typeof BitgradError): boolean {
  return type.errorName !== Object.getPrototypeOf(type).errorName;
}

/** An array has the wrong type or the wrong number of rows, columns or elements. */
export class ShapeError extends BitgradError {
  /** @internal */
  static override readonly errorName: string = "ShapeError";

  constructor(message: string) {
    super("SHAPE", message);
  }
}

/** A value in the data can't be used: NaN, ±∞, not a number, or a target that the outputs can't reach. */
export class DataError extends BitgradError {
  /** @internal */
  static override readonly errorName: string = "DataError";

  constructor(message: string) {
    super("DATA", message);
  }
}

/** An option is unknown, missing, of the wrong type or out of range. */
export class OptionError extends BitgradError {
  /** @internal */
  static override readonly errorName: string = "OptionError";

  constructor(message: string) {
    super("OPTION", message);
  }
}

/** Data, a network or a file don't fit into memory, an array or a string. */
export class OutOfMemoryError extends BitgradError {
  /** @internal */
  static override readonly errorName: string = "OutOfMemoryError";

  constructor(message: string, options?: ErrorOptions) {
    super("OUT_OF_MEMORY", message, options);
  }
}

/** The network was used after `dispose()`. */
export class DisposedError extends BitgradError {
  /** @internal */
  static override readonly errorName: string = "DisposedError";

  constructor(message: string) {
    super("DISPOSED", message);
  }
}

/** The network is being trained and can't be changed before that ends. */
export class BusyError extends BitgradError {
  /** @internal */
  static override readonly errorName: string = "BusyError";

  constructor(message: string) {
    super("BUSY", message);
  }
}

/** An estimator was asked for what it learns by `fit`, before that. */
export class NotFittedError extends BitgradError {
  /** @internal */
  static override readonly errorName: string = "NotFittedError";

  constructor(message: string) {
    super("NOT_FITTED", message);
  }
}

/** A training left the finite numbers; the network keeps the parameters of the last epoch that ended finite. */
export class NotFiniteError extends BitgradError {
  /** @internal */
  static override readonly errorName: string = "NotFiniteError";

  /** The epoch of this training, counted from 1, that did not end finite. */
  readonly epoch: number;
  /** The losses of the epochs before it. */
  readonly loss: number[];
  /** What `fit` would have returned, of those epochs. */
  declare readonly history?: {
    readonly loss: number[];
    readonly validationLoss?: number[];
    readonly metrics?: Readonly<Partial<Record<string, number[]>>>;
  };

  constructor(message: string, epoch: number, loss: number[]) {
    super("NOT_FINITE", message);
    this.epoch = epoch;
    this.loss = loss;
  }
}

/** The engine that was asked for can't run here. */
export class EngineError extends BitgradError {
  /** @internal */
  static override readonly errorName: string = "EngineError";

  constructor(message: string, options?: ErrorOptions) {
    super("ENGINE", message, options);
  }
}

/** A saved network is damaged, of another kind, or of a newer version; or a text is not as CSV has it. */
export class FormatError extends BitgradError {
  /** @internal */
  static override readonly errorName: string = "FormatError";

  constructor(message: string, options?: ErrorOptions) {
    super("FORMAT", message, options);
  }
}
