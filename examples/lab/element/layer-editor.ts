// The settings of one layer: its kind, its units, its activation, how its weights begin, and what holds them back.

import type { ActivationName, InitializerName, LayerOptions } from "bitgrad";
import { findLast } from "../arrays.ts";
import { ACTIVATIONS, ALPHA, INITIALIZERS, LAYERS, PENALTIES, type Range, WITH_ALPHA } from "../choices.ts";
import { LIMITS } from "../recipe.ts";
import { whyNot } from "../rules.ts";
import { type Context, factsNow, type Part } from "./context.ts";
import { button, h, say } from "./dom.ts";
import { boundsOf, type Choice, Fields, named } from "./fields.ts";
import { isDense, layerName } from "./network-picture.ts";

type Type = NonNullable<LayerOptions["type"]>;
type Options = Readonly<Record<string, unknown>> & {
  readonly type?: Type | undefined;
  readonly units?: number | undefined;
};

const TYPES: readonly Choice<Type>[] = [
  { value: "dense", label: "dense" },
  { value: "dropout", label: "dropout" },
  { value: "batchNormalization", label: "batch normalization" },
  { value: "layerNormalization", label: "layer normalization" },
  { value: "activation", label: "activation" },
];

/** Softmax is over a row: it is for the last layer. */
const HIDDEN: readonly ActivationName[] = ACTIVATIONS.filter((name) => name !== "softmax");

const FRESH: Readonly<Record<Type, LayerOptions>> = {
  dense: { units: 4, activation: "tanh" },
  dropout: { type: "dropout", rate: 0.2 },
  batchNormalization: { type: "batchNormalization" },
  layerNormalization: { type: "layerNormalization" },
  activation: { type: "activation", activation: "relu" },
};

export class LayerEditor implements Part {
  readonly root: HTMLElement;
  selected = 0;
  readonly #context: Context;
  readonly #title = h("h3");
  readonly #body = h("div", { class: "fields" });
  readonly #actions = h("div", { class: "row" });
  #fields = new Fields();
  #shown = "";
  readonly #select: (layer: number) => void;

  constructor(context: Context, select: (layer: number) => void) {
    this.#context = context;
    this.#select = select;
    this.root = h("div", { class: "editor" }, h("div", { class: "row apart" }, this.#title, this.#actions), this.#body);
  }

  sync(): void {
    const { hidden } = this.#context.recipe.network;
    this.selected = Math.min(this.selected, hidden.length);
    const layer = hidden[this.selected] as Options | undefined;
    const shown = `${this.selected} ${hidden.length} ${layer && (layer.type ?? "dense")} ${WITH_ALPHA.includes(layer?.activation as ActivationName)}`;
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#build(layer);
    }
    say(
      this.#title,
      layer === undefined ? "Output layer" : `Layer ${this.selected + 1}: ${layerName(layer as LayerOptions)}`,
    );
    this.#fields.sync();
  }

  /** Adds a dense layer before the output. */
  add(): void {
    const { network } = this.#context.recipe;
    if (network.hidden.length >= LIMITS.layers) return;
    const last = findLast(network.hidden, isDense) ?? FRESH.dense;
    this.#change([
      ...network.hidden,
      { units: Math.min(8, last.units!), activation: last.activation ?? "relu" } as LayerOptions,
    ]);
    this.#select(network.hidden.length);
  }

  #change(hidden: readonly LayerOptions[]): void {
    const { network } = this.#context.recipe;
    this.#context.set({ network: { ...network, hidden } });
  }

  #build(layer: Options | undefined): void {
    const fields = new Fields();
    this.#fields = fields;
    const list = layer === undefined ? [this.#outputField(fields)] : this.#layerFields(fields, layer);
    this.#body.replaceChildren(...list);
    const move = (by: number) => () => {
      const hidden = [...this.#context.recipe.network.hidden];
      const [taken] = hidden.splice(this.selected, 1);
      hidden.splice(this.selected + by, 0, taken!);
      this.#select(this.selected + by);
      this.#change(hidden);
    };
    const last = this.#context.recipe.network.hidden.length - 1;
    const remove = () => this.#change(this.#context.recipe.network.hidden.filter((_, l) => l !== this.selected));
    this.#actions.replaceChildren(
      ...(layer === undefined
        ? []
        : [
            button("←", move(-1), {
              "aria-label": "Move the layer to the left",
              class: "quiet",
              disabled: this.selected === 0,
            }),
            button("→", move(1), {
              "aria-label": "Move the layer to the right",
              class: "quiet",
              disabled: this.selected === last,
            }),
            button("Remove", remove, { class: "quiet" }),
          ]),
    );
  }

  #outputField(fields: Fields): HTMLElement {
    const choices: Choice<ActivationName | "auto">[] = [
      { value: "auto", label: "automatic" },
      ...ACTIVATIONS.map((value) => ({
        value,
        label: value,
        reason: () => whyNot("output", value, factsNow(this.#context)),
      })),
    ];
    return fields.select("Activation", choices, {
      get: () => this.#context.recipe.network.output,
      set: (output) => this.#context.set({ network: { ...this.#context.recipe.network, output } }),
    });
  }

  #layerFields(fields: Fields, layer: Options): HTMLElement[] {
    const now = () => (this.#context.recipe.network.hidden[this.selected] ?? {}) as Options;
    const put = (change: Options) =>
      this.#change(
        this.#context.recipe.network.hidden.map((each, l) => (l === this.selected ? (change as LayerOptions) : each)),
      );
    const set = (key: string, standard: unknown) => (value: unknown) => {
      const { [key]: _, ...rest } = now();
      put(value === standard ? rest : { ...rest, [key]: value });
    };
    const number = (key: string, label: string, standard: number, range: Range, step?: number) =>
      fields.number(label, {
        ...boundsOf(range),
        ...(step !== undefined && { step }),
        get: () => (now()[key] as number | undefined) ?? standard,
        set: set(key, key === "units" || key === "rate" ? undefined : standard),
      });
    const type = fields.select("Kind", TYPES, {
      get: () => now().type ?? "dense",
      set: (value) => put(FRESH[value] as Options),
    });
    const activation = () =>
      fields.select("Activation", named(HIDDEN), {
        get: () => (now().activation as ActivationName | undefined) ?? "relu",
        set: (value) => {
          const { alpha: _, ...rest } = now();
          put({ ...rest, activation: value });
        },
      });
    const acts = layer.activation as string | undefined;
    const alpha = WITH_ALPHA.includes(acts as ActivationName)
      ? [number("alpha", "Alpha", acts === "elu" ? 1 : 0.01, ALPHA)]
      : [];
    switch (layer.type ?? "dense") {
      case "dense":
        return [
          type,
          number("units", "Units", 4, { min: 1, max: LIMITS.units, isWhole: true }),
          activation(),
          ...alpha,
          fields.select(
            "Initial weights",
            [{ value: "auto", label: "automatic" }, ...named<InitializerName | "auto">(INITIALIZERS)],
            {
              get: () => (now().initializer as InitializerName | undefined) ?? "auto",
              set: (value) => set("initializer", undefined)(value === "auto" ? undefined : value),
            },
          ),
          number("l1", "L1 penalty", 0, PENALTIES.l1),
          number("l2", "L2 penalty", 0, PENALTIES.l2),
          number("dropout", "Dropout", 0, PENALTIES.dropout, 0.05),
        ];
      case "activation":
        return [type, activation(), ...alpha];
      case "dropout":
        return [type, number("rate", "Share dropped", 0.2, LAYERS.dropout.rate!, 0.05)];
      case "batchNormalization":
        return [
          type,
          number("momentum", "Momentum", 0.99, LAYERS.batchNormalization.momentum!),
          number("epsilon", "Epsilon", 0.001, LAYERS.batchNormalization.epsilon!),
        ];
      default:
        return [type, number("epsilon", "Epsilon", 0.001, LAYERS.layerNormalization.epsilon!)];
    }
  }
}
