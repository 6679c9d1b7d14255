// A network learns to balance a pole by its own rewards: policy gradients (Williams 1992, REINFORCE) with
// `net.backward` and `net.apply`. Nobody tells it which push is right; pushes before a long balance become more likely.
// Fails unless 100 new episodes last 475 of 500 steps on average, and the digest is the one of every other platform.

import { parseArgs } from "node:util";
import { type EngineName, Network, Operations } from "bitgrad";
import { hasFallen, MAX_STEPS, push, type State } from "./pole.ts";

const EPISODES = 16; // of one update, side by side
const DISCOUNT = 0.99;
const UPDATES = 60;
const DIGEST = "123f0cd6353cb96dac8c38fea4e5d537d41a9f5ce43a3a7b94e916d1e62b0015"; // on every platform

const { values } = parseArgs({
  options: { updates: { type: "string", default: String(UPDATES) }, engine: { type: "string", default: "wasm" } },
});
const updates = Number(values.updates);
const engine = values.engine as EngineName;
const op = Operations.createSync({ engine });
using net = Network.createSync({
  inputs: 4,
  layers: [
    { units: 32, activation: "tanh" },
    { units: 1, activation: "linear" }, // σ of it is the probability of a push to the right
  ],
  optimizer: { type: "adam", learningRate: 0.02 },
  seed: 1,
  engine,
});

/** Numbers of 0 to below 1: four for each episode and step. */
function random(update: number, episode: number, step: number): number[] {
  const words = [0, 1].flatMap((half) => op.threefry([update, episode], [step, half]));
  return words.map((word) => word / 2 ** 32);
}

interface Episode {
  readonly states: State[];
  readonly pushes: boolean[];
}

/** Plays episodes side by side until all have ended; pushes are drawn, or with `greedy` the likelier one. */
function play(update: number, count: number, greedy: boolean): Episode[] {
  const episodes = Array.from({ length: count }, (_, n): Episode => {
    const start = random(update, n, MAX_STEPS).map((unit) => 0.1 * unit - 0.05) as State;
    return { states: [start], pushes: [] };
  });
  let running = episodes.map((_, n) => n);
  for (let step = 0; step < MAX_STEPS && running.length > 0; step++) {
    const shape = [running.length, 4] as const;
    const data = Float32Array.from(running.flatMap((n) => episodes[n]!.states[step]!));
    const chances = op.sigmoid(net.predict({ data, shape }, new Float32Array(running.length)));
    running = running.filter((n, row) => {
      const { states, pushes } = episodes[n]!;
      const right = greedy ? chances[row]! > 0.5 : random(update, n, step)[0]! < chances[row]!;
      const next = push(states[step]!, right);
      pushes.push(right);
      if (hasFallen(next)) return false;
      states.push(next);
      return true;
    });
  }
  return episodes;
}

const meanOf = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const meanLength = (episodes: readonly Episode[]) => meanOf(episodes.map(({ pushes }) => pushes.length));

/** How much better each push turned out than the mean one, in standard deviations. */
function advantages(episodes: readonly Episode[]): number[] {
  const returns = episodes.flatMap(({ pushes }) => {
    let sum = 0;
    const fromLast = pushes.map(() => {
      sum = 1 + DISCOUNT * sum;
      return sum;
    });
    return fromLast.reverse();
  });
  const mean = meanOf(returns);
  const deviation = Math.sqrt(meanOf(returns.map((value) => (value - mean) * (value - mean))));
  return returns.map((value) => (value - mean) / (deviation + 1e-8));
}

for (let update = 1; update <= updates; update++) {
  const episodes = play(update, EPISODES, false);
  const gains = advantages(episodes);
  const rows = gains.length;
  const pushes = episodes.flatMap((episode) => episode.pushes);
  const data = Float32Array.from(episodes.flatMap((episode) => episode.states.slice(0, episode.pushes.length).flat()));
  const x = { data, shape: [rows, 4] } as const;
  const chances = op.sigmoid(net.predict(x, new Float32Array(rows)));
  // E = −mean of gain · ln(chance of the push that was taken); by the last layer's z that is gain · (chance − push)
  const upstream = chances.map((chance, n) => (gains[n]! * (chance - Number(pushes[n]))) / rows);
  net.apply(net.backward(x, upstream).gradients);
  if (update % 10 === 0) console.log(`update ${update}: ${meanLength(episodes).toFixed(1)} of ${MAX_STEPS} steps`);
}

const mean = meanLength(play(0, 100, true));
console.log(`\n100 new episodes: ${mean} of ${MAX_STEPS} steps`);
console.log(`digest: ${net.digest()}`);
if (updates === UPDATES && (mean < 475 || net.digest() !== DIGEST)) process.exitCode = 1;
