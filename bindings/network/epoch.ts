// What a listener is told of an epoch, and how it ends the training.

import type { EpochInfo } from "../options/fit.ts";

/** The numbers of an epoch that has ended. */
export type Epoch = Omit<EpochInfo, "stop">;

/** Whether a training's listener has asked for its end. */
export class Stopper {
  asked = false;
  readonly stop: () => void = () => {
    this.asked = true;
  };
}

/** What a listener is given. `stop` isn't enumerable: a function can't be posted to another thread, or saved. */
export function listened(epoch: Epoch, { stop }: Stopper): EpochInfo {
  return Object.defineProperty(epoch as EpochInfo, "stop", { value: stop });
}
