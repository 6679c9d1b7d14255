// What trainer.js has: the whole of it is one function, `bitgradTrainer`, which the page runs in itself, or whose text
// it gives a worker.

import { Network } from "bitgrad";
import type { Parts } from "../data/sets.ts";
import type { Request } from "./protocol.ts";
import { createTrainer } from "./trainer.ts";

/** Of the page that runs it in itself, and of what takes networks away. */
export { createTrainer, Network };

interface Scope {
  onmessage: ((message: { readonly data: Request }) => void) | null;
  postMessage(event: unknown, transfer: ArrayBuffer[]): void;
}

/** Answers the page from a worker. */
export function answer(scope: Scope, parts: Parts): void {
  const trainer = createTrainer((event) => scope.postMessage(event, buffersOf(event)), parts);
  scope.onmessage = ({ data }) => trainer.request(data);
}

/** The memory of all arrays of an event, which is handed over rather than copied. */
function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) found.add(value.buffer as ArrayBuffer);
  else if (typeof value === "object" && value !== null) for (const part of Object.values(value)) buffersOf(part, found);
  return [...found];
}
