// Files of models: what bitgrad train wrote, or any network's.

import { Network } from "bitgrad";
import { MLPClassifier, MLPRegressor } from "bitgrad/estimators";
import { about, Failure } from "./failures.ts";
import { readBytes } from "./input-output.ts";
import type { Model } from "./model-options.ts";

export async function networkOf(path: string, bytes: Uint8Array): Promise<Network> {
  return about(path, () => Network.load(bytes), [
    [/$/, "; a file that bitgrad train or Network.save wrote is expected"],
  ]);
}

/** Whether what is encoded is a class; undefined of a network without the encoders of an estimator. */
export function isClassifying({ encoders: { x, y } }: Pick<Network, "encoders">): boolean | undefined {
  if (x === undefined || y === undefined) return undefined;
  return y.columns.every(({ kind }) => kind === "ordinal" || kind === "oneHot");
}

export async function loaded(path: string): Promise<{ model: Model; isClassifier: boolean }> {
  const bytes = await readBytes(path);
  const network = await networkOf(path, bytes);
  const isClassifier = isClassifying(network);
  network.dispose();
  if (isClassifier === undefined) {
    throw new Failure(
      `${path}: it is a network without the encoders of a table; a model that bitgrad train wrote is expected`,
    );
  }
  const load = async (): Promise<Model> => (isClassifier ? MLPClassifier.load(bytes) : MLPRegressor.load(bytes));
  const model = await about(path, load);
  return { model, isClassifier };
}
