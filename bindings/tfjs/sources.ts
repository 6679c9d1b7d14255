// Which objects are datasets. Apart from their class, so that a model that is trained on tensors needs none of it.

/** What a model is trained on, element by element. */
export interface Source<T> {
  /** How many there are; null where nobody knows, Infinity where there is no end. */
  readonly size: number | null;
  /** @internal */
  each(): AsyncGenerator<T>;
}

/** Those that were made. */
export const sources = /* @__PURE__ */ new WeakSet<object>();

export function isSource(value: unknown): value is Source<unknown> {
  return typeof value === "object" && value !== null && sources.has(value);
}
