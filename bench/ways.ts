// The ways to have a network trained.

import type { FitOptions, Network } from "bitgrad";
import { Network as NetworkWithWorker } from "bitgrad/worker";
import type { Data } from "./workloads.ts";

export interface Way {
  readonly name: string;
  readonly train: (net: Network, { x, y }: Data, options: FitOptions) => unknown;
  /** Whose `create` makes the network: that of `bitgrad` unless told. */
  readonly from?: typeof Network;
}

export const WAYS: readonly Way[] = [
  { name: "fit", train: (net, { x, y }, options) => net.fit(x, y, options) },
  { name: "fitAsync", train: (net, { x, y }, options) => net.fitAsync(x, y, options) },
  {
    name: "fitAsync, worker",
    train: (net, { x, y }, options) => net.fitAsync(x, y, { ...options, worker: true }),
    from: NetworkWithWorker,
  },
];
