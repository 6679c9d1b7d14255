// TensorFlow.js itself, typed as bitgrad/tfjs: the same programs run with both.

import { createRequire } from "node:module";
import type * as tf from "bitgrad/tfjs";

export type Tf = typeof tf;

export async function tensorflow(): Promise<Tf> {
  const from = createRequire(process.env.PEERS ?? new URL("../../bench/peers/package.json", import.meta.url));
  const { warn } = console;
  console.warn = () => {}; // it asks for the native package
  try {
    const theirs = from("@tensorflow/tfjs") as Tf;
    (theirs as unknown as { env(): { set(flag: string, value: boolean): void } }).env().set("IS_TEST", true);
    await theirs.setBackend("cpu");
    return theirs;
  } finally {
    console.warn = warn;
  }
}

/** Whole numbers from a generator, the same in each run. */
export function numbers(): () => number {
  let state = 7;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
}
