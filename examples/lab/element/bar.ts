// The bar of controls: train, step, start over, and the numbers of the training as it stands.

import type { Context, Part } from "./context.ts";
import { count, digits, h, icon, iconButton, say, whole } from "./dom.ts";
import { newest } from "./run.ts";

const SPEEDS = [1, 2, 5, 10, 30, 60, 0] as const; // epochs a second; 0: as many as can be

export interface Actions {
  toggle(): void;
  step(): void;
  epoch(): void;
  again(): void;
  speed(value: number): void;
}

export function makeBar(context: Context, actions: Actions): Part & { held(milliseconds: number): void } {
  const word = h("span");
  const shapes = { play: icon("play"), pause: icon("pause") };
  const main = h("button", { type: "button", class: "primary main", onclick: actions.toggle }, shapes.play, word);
  const step = iconButton("step", "One step: one batch", actions.step);
  const epoch = iconButton("epoch", "One epoch", actions.epoch);
  const again = iconButton("again", "Start over", actions.again);
  const speed = h(
    "select",
    { onchange: () => actions.speed(Number(speed.value)) },
    ...SPEEDS.map((value) => h("option", { value }, value === 0 ? "full" : `${value}/s`)),
  );
  speed.value = "30";
  const [epochs, loss, score, rate] = [
    stat("Epoch"),
    stat("Loss", "validation"),
    stat("Score", "validation"),
    stat("Samples/s"),
  ];
  const held = h("p", { class: "held", hidden: true });
  const root = h(
    "section",
    { class: "bar", "aria-label": "Training" },
    h(
      "div",
      { class: "controls" },
      main,
      step,
      epoch,
      again,
      h("label", { class: "speed", title: "Epochs a second" }, h("span", {}, "Speed"), speed),
    ),
    h("dl", { class: "stats" }, epochs.root, loss.root, score.root, rate.root),
    held,
  );
  const sync = () => {
    const { run } = context;
    const off = run.failure !== undefined || context.lacks !== undefined;
    for (const control of [main, step, epoch, again]) control.disabled = off;
    if (run.loaded !== undefined) say(score.name, metricName(run.loaded.metric));
  };
  const draw = () => {
    const { frame, series, loaded } = context.run;
    const shape = shapes[context.isTraining ? "pause" : "play"];
    say(word, context.isTraining ? "Pause" : "Train");
    if (main.firstChild !== shape) main.firstChild!.replaceWith(shape);
    epochs.show(whole(frame?.epoch ?? 0), frame && frame.batch > 0 ? `step ${frame.batch} of ${frame.batches}` : "");
    const metric = (value: number | undefined) => scoreWords(loaded?.metric ?? "", value);
    loss.show(digits(newest(series.loss)), validation(digits, newest(series.validationLoss)));
    score.show(metric(newest(series.metric)), validation(metric, newest(series.validationMetric)));
    rate.show(frame && frame.rate > 0 ? whole(frame.rate) : "–", "");
  };
  return {
    root,
    sync,
    draw,
    held(milliseconds) {
      held.hidden = milliseconds <= 50;
      if (!held.hidden) say(held, `The page was held up for ${count(milliseconds, "millisecond")}.`);
    },
  };
}

function validation(words: (value: number) => string, value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? "" : words(value);
}

function stat(label: string, ofNote = "") {
  const name = h("dt", {}, label);
  const [value, note] = [h("b"), h("small", { class: ofNote })];
  return {
    root: h("div", {}, name, h("dd", {}, value, note)),
    name,
    show(number: string, more: string) {
      say(value, number);
      say(note, more);
    },
  };
}

const METRICS: Readonly<Record<string, string>> = {
  accuracy: "Accuracy",
  r2: "R²",
  rmse: "RMSE",
  binaryAccuracy: "Accuracy",
};

export function metricName(metric: string): string {
  return METRICS[metric] ?? metric;
}

/** A score in words: shares as percent. */
export function scoreWords(metric: string, value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  return metric.toLowerCase().endsWith("accuracy") ? `${(value * 100).toFixed(1)} %` : digits(value);
}
