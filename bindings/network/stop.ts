// The early end of a training.

import type { Signal } from "../options/fit.ts";

const POLL_MS = 20;

/** Ends a training early: by its signal, or by `dispose`. */
export class Stop {
  readonly #signal: Signal | undefined;
  #ended: { readonly reason: unknown } | undefined;
  #over = false;
  #reject: ((reason: unknown) => void) | undefined;
  /** Asks a training in another thread to end; the training is still awaited. */
  ask: (() => void) | undefined;
  readonly #abort = () => this.end(reasonOf(this.#signal!));
  /** Looks at the signal again and again: not every signal tells its listeners. */
  readonly #poll = () => {
    if (this.#over) return;
    try {
      this.throwIfEnded();
    } catch (error) {
      this.end(error); // of a getter
    }
    (globalThis as Partial<typeof globalThis>).setTimeout?.(this.#poll, POLL_MS);
  };

  constructor(signal?: Signal) {
    this.#signal = signal;
    if (signal === undefined) return;
    signal.addEventListener("abort", this.#abort);
    this.#poll();
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
    if (this.#signal?.aborted) this.#abort();
    if (this.#ended !== undefined) throw this.#ended.reason;
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
    this.#over = true;
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}

function reasonOf({ reason }: Signal): unknown {
  if (reason !== undefined) return reason;
  const message = "This operation was aborted";
  if (typeof DOMException === "function") return new DOMException(message, "AbortError");
  return Object.assign(new Error(message), { name: "AbortError" });
}
