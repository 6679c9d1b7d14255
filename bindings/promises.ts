// What a caller's function returns may be a promise.

/** What a training yields: undefined to give the event loop a turn, or a promise whose result it continues with. */
export type Wait = PromiseLike<unknown> | undefined;

/** As `await` sees it. Throws what a getter throws: so does `await`. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  const mayBe = (typeof value === "object" && value !== null) || typeof value === "function";
  return mayBe && typeof (value as Partial<PromiseLike<unknown>>).then === "function";
}

/** Of what may be a promise, and no one waits for: its rejection would end a process. */
export function ignore(value: unknown): void {
  Promise.resolve(value).catch(() => {});
}
