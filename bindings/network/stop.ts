// The early end of a training.

import type { Signal } from "../options/fit.ts";

const POLL_MS = 20;

/** Ends a training early: by its signal, or by `dispose`. */
export class Stop {
  readonly #signal: Signal | undefined;
  #ended: { readonly reason: unknown } | undefined;
  #endPolls: (() => void) | undefined;
  #reject: ((reason: unknown) => void) | undefined;
  /** Asks a training in another thread to end; the training is still awaited. */
  ask: (() => void) | undefined;
  readonly #abort = () => this.end(reasonOf(this.#signal!));

  constructor(signal?: Signal) {
    this.#signal = signal;
    if (signal === undefined) return;
    signal.addEventListener("abort", this.#abort);
    const { setInterval, clearInterval } = globalThis as Partial<typeof globalThis>;
    const polls = setInterval?.(() => this.#poll(), POLL_MS);
    this.#endPolls = () => clearInterval?.(polls);
  }

  end(reason: unknown): void {
    this.#ended ??= { reason };
    if (this.ask !== undefined) this.ask();
    else this.#reject?.(this.#ended.reason);
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  get reason(): unknown {
    return this.#ended?.reason;
  }

  throwIfEnded(): void {
    this.#poll();
    if (this.#ended !== undefined) throw this.#ended.reason;
  }

  /** Not every signal tells its listeners. */
  #poll(): void {
    try {
      if (this.#signal?.aborted) this.#abort();
    } catch (error) {
      this.end(error); // of a getter
    }
  }

  /** The promise's result; rejects if the training is ended first. */
  wait(promise: PromiseLike<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      promise.then(resolve, reject);
      if (this.#ended !== undefined && this.ask === undefined) reject(this.#ended.reason);
    });
  }

  /** Removes the listener from the signal. */
  release(): void {
    this.#endPolls?.();
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}

function reasonOf({ reason }: Signal): unknown {
  if (reason !== undefined) return reason;
  const message = "This operation was aborted";
  if (typeof DOMException === "function") return new DOMException(message, "AbortError");
  return Object.assign(new Error(message), { name: "AbortError" });
}
