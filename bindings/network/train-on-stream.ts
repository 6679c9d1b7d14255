// A training on a stream in this thread: its own module, so that what trains without one doesn't carry it.

import type { AsyncRowStream } from "../data/stream.ts";
import type { ResolvedStreamOptions } from "../options/stream.ts";
import type { Wait } from "../promises.ts";
import type { Course } from "./course.ts";
import type { History } from "./history.ts";
import type { NetworkState } from "./network-state.ts";
import { checkSampleMetrics, sourcesOf, toSample, VALIDATION } from "./samples.ts";
import { checkEpochs, runToResume, type TrainingData, train } from "./train.ts";
import { StreamWindows } from "./windows.ts";

export function* trainOnStream(
  network: NetworkState,
  stream: AsyncRowStream,
  options: ResolvedStreamOptions,
  course: Course,
): Generator<Wait, History, unknown> {
  return yield* train(network, readStream(network, stream, options, course), options, course);
}

/** The first checks of a training on a stream. */
function readStream(
  network: NetworkState,
  stream: AsyncRowStream,
  options: ResolvedStreamOptions,
  course: Course,
): TrainingData {
  const refusal = "fit can't start";
  network.checkChangeable(refusal);
  course.stop.throwIfEnded();
  const { epochs, batchSize, validation: given, shuffleBuffer, metrics } = options;
  const known = network.options;
  const validationSources = given && sourcesOf(known, given[0], given[1], VALIDATION);
  const validation = validationSources && toSample(known, validationSources, VALIDATION);
  if (validation !== undefined) checkSampleMetrics(metrics, validation, known.dtype, VALIDATION[1]);
  checkEpochs(network, epochs);
  network.checkChangeable(refusal); // getters in the data may have changed this
  const run = runToResume(network, options, 0, batchSize, shuffleBuffer);
  return {
    sources: undefined,
    validationSources,
    sample: undefined,
    rows: 0,
    windows: new StreamWindows(stream, network, options, course, run?.loss.length ?? 0),
    validation,
    weights: undefined,
    batchRows: batchSize,
    shuffleBuffer,
    run,
  };
}
