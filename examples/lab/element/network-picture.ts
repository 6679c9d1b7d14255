// The drawing of the network: each unit with its own picture of the plane, links as wide as their weights, and over
// each column the buttons that change it.

import type { LayerOptions } from "bitgrad";
import { last } from "../arrays.ts";
import { FEATURE, placeOf } from "../data/features.ts";
import { type Feature, isPlane, LIMITS } from "../recipe.ts";
import { balancedRange, type Theme } from "./colors.ts";
import type { Context, Part } from "./context.ts";
import { h, iconButton, prepare, say, whole } from "./dom.ts";
import { box, drawGrid, rangeOf } from "./drawing.ts";
import { type Column, type Layout, layOut } from "./layout.ts";

const HEAD = 70; // pixels above the nodes, for the columns' buttons
const EDGE = 3; // around the drawing, for what is drawn across its nodes' sides
const INPUT_SIDE = 20;

export interface Editing {
  /** Selects a layer to be edited; the last is the output. */
  select(layer: number): void;
  readonly selected: number;
}

export const isDense = (layer: LayerOptions): boolean => (layer.type ?? "dense") === "dense";

const SHORT: Readonly<Record<string, string>> = {
  dropout: "drop",
  batchNormalization: "batch norm",
  layerNormalization: "layer norm",
};

/** A layer in a word or two. */
export function layerName(layer: LayerOptions): string {
  const { type = "dense" } = layer;
  if (type === "dense") return `${layer.units} ${layer.activation ?? "relu"}`;
  if (layer.type === "activation") return layer.activation;
  if (layer.type === "dropout") return `drop ${layer.rate}`;
  return SHORT[type] ?? type;
}

export class NetworkPicture implements Part {
  readonly root: HTMLElement;
  readonly #context: Context;
  readonly #editing: Editing;
  readonly #canvas = h("canvas", { "aria-hidden": "true" });
  readonly #over = h("div", { class: "over" });
  readonly #inside: HTMLElement;
  readonly #words = h("p", { class: "note" });
  readonly #small = document.createElement("canvas");
  #layout: Layout | undefined;
  #key = "";
  #width = 0;
  #inputs: readonly InputPicture[] = [];

  constructor(context: Context, editing: Editing) {
    this.#context = context;
    this.#editing = editing;
    this.#inside = h("div", { class: "inside" }, this.#canvas, this.#over);
    const scroll = h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Network" }, this.#inside);
    this.root = h("div", { class: "drawing" }, scroll, this.#words);
    this.#over.addEventListener("keydown", (event) => this.#walk(event));
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry!.contentRect.width);
      if (width === this.#width) return;
      this.#width = width;
      this.sync();
      this.draw();
    }).observe(scroll);
  }

  /** Lays out the columns anew where they have changed. */
  sync(): void {
    if (this.#width === 0) return;
    const { recipe, run } = this.#context;
    const { hidden } = recipe.network;
    const isDigits = recipe.data.kind === "digits"; // one node for all pixels
    const inputs = isPlane(recipe.data) ? recipe.features.length : isDigits ? 1 : (run.loaded?.inputs.length ?? 1);
    const outputs = last(run.loaded?.layers ?? [])?.units ?? 1;
    const columns: Column[] = [{ units: inputs }];
    let units = inputs;
    for (const layer of hidden) {
      if (isDense(layer)) units = layer.units!;
      columns.push({ units, narrow: !isDense(layer) });
    }
    columns.push({ units: outputs });
    const layout = layOut(columns, this.#width - 2 * EDGE);
    const selected = this.#editing.selected;
    const key = JSON.stringify([
      layout,
      hidden,
      selected,
      recipe.features,
      recipe.data.kind,
      run.loaded?.outputs,
      run.loaded?.parameters,
    ]);
    if (key === this.#key) return;
    this.#key = key;
    this.#layout = layout;
    this.#inside.style.width = `${layout.width + 2 * EDGE}px`;
    this.#inside.style.height = `${layout.height + HEAD + 2 * EDGE}px`;
    this.#build(layout, columns);
    this.#inputs = isPlane(recipe.data) ? inputPictures(recipe.features, this.#inputs) : [];
    const rest = layout.columns.some((column) => column.rest > 0);
    const heavy = (run.loaded?.parameters ?? 0) > 100_000;
    say(
      this.#words,
      heavy
        ? `${whole(run.loaded!.parameters)} parameters: the drawing shows the first units of each layer, without their weights.`
        : rest
          ? "The drawing shows the first units of each layer."
          : "",
    );
  }

  draw(): void {
    const layout = this.#layout;
    if (layout === undefined) return;
    const { theme } = this.#context;
    const context = prepare(this.#canvas, layout.width + 2 * EDGE, layout.height + HEAD + 2 * EDGE);
    context.translate(EDGE, HEAD);
    this.#drawLinks(context, layout, theme);
    layout.columns.forEach((column, c) => {
      if (column.nodes.length === 0) this.#drawBar(context, column.x, column.width, layout, theme, c);
      else column.nodes.forEach((y, unit) => this.#drawNode(context, [column.x, y, layout.node], c, unit, theme));
    });
  }

  #build(layout: Layout, columns: readonly Column[]): void {
    const { recipe } = this.#context;
    const { hidden } = recipe.network;
    const focused = (this.#over.getRootNode() as ShadowRoot).activeElement?.id;
    const parts: HTMLElement[] = [];
    layout.columns.forEach(({ x, width, nodes, rest }, c) => {
      const last = columns.length - 1;
      const center = x + width / 2;
      const head =
        c === 0 ? this.#inputHead() : c === last ? this.#outputHead(last - 1) : this.#head(hidden[c - 1]!, c - 1);
      if (c === 0) head.classList.add("first");
      else if (c === last) head.classList.add("last");
      else head.style.left = `${center + EDGE}px`;
      parts.push(head);
      nodes.forEach((y, unit) => {
        const node = this.#node(c, unit, c === last);
        node.style.cssText = `left:${x + EDGE}px;top:${y + HEAD}px;width:${width}px;height:${width}px`;
        parts.push(node);
      });
      if (rest > 0) {
        const more = h("span", { class: "rest" }, `+${whole(rest)}`);
        more.style.cssText = `left:${center + EDGE}px;top:${layout.height + HEAD - 16}px`;
        parts.push(more);
      }
    });
    this.#over.replaceChildren(...parts);
    const first = this.#over.querySelector<HTMLElement>(".node");
    if (first) first.tabIndex = 0;
    if (focused) (this.#over.querySelector(`#${focused}`) as HTMLElement | null)?.focus();
  }

  #inputHead(): HTMLElement {
    return h("div", { class: "head" }, h("b", {}, "Inputs"));
  }

  #outputHead(index: number): HTMLElement {
    return h("div", { class: "head" }, this.#selector(index, "Output", "Output layer"));
  }

  #head(layer: LayerOptions, index: number): HTMLElement {
    const name = layerName(layer);
    const change = (by: number) => () => {
      const { network } = this.#context.recipe;
      const hidden = network.hidden.map((each, l) =>
        l === index && isDense(each)
          ? ({ ...each, units: Math.min(LIMITS.units, Math.max(1, each.units! + by)) } as LayerOptions)
          : each,
      );
      this.#context.set({ network: { ...network, hidden } });
    };
    const fewer = iconButton("minus", `Layer ${index + 1}: one unit less`, change(-1));
    const more = iconButton("plus", `Layer ${index + 1}: one unit more`, change(1));
    fewer.id = `less${index}`;
    more.id = `more${index}`;
    const units = isDense(layer) && h("span", { class: "units" }, fewer, more);
    return h(
      "div",
      { class: isDense(layer) ? "head" : "head bare" },
      units,
      this.#selector(index, name, `Layer ${index + 1}: ${name}`),
    );
  }

  #selector(index: number, text: string, label: string): HTMLElement {
    const { selected } = this.#editing;
    return h(
      "button",
      {
        type: "button",
        class: "pick",
        id: `pick${index}`,
        "aria-pressed": index === selected ? "true" : "false",
        "aria-label": `${label}: settings`,
        title: "Settings of this layer",
        onclick: () => this.#editing.select(index),
      },
      text,
    );
  }

  #node(column: number, unit: number, isLast: boolean): HTMLElement {
    const { recipe, run } = this.#context;
    const layer = column - 1;
    const name =
      column === 0
        ? isPlane(recipe.data)
          ? nice(recipe.features[unit]!)
          : recipe.data.kind === "digits"
            ? "8 × 8"
            : (run.loaded?.inputs[unit] ?? "")
        : isLast
          ? (run.loaded?.outputs[unit] ?? "")
          : "";
    const label = column === 0 ? `Input ${name}` : isLast ? `Output ${name}` : `Layer ${column}, unit ${unit + 1}`;
    const look = () => this.#context.look(column === 0 || isLast ? undefined : { layer, unit });
    const leave = () => this.#context.look(undefined);
    return h(
      "button",
      {
        type: "button",
        class: "node",
        tabindex: -1,
        id: `node${column}-${unit}`,
        "aria-label": label,
        onpointerenter: look,
        onpointerleave: leave,
        onfocus: look,
        onblur: leave,
        onclick: () => column > 0 && this.#editing.select(layer),
      },
      name && (column === 0 || run.loaded!.outputs.length > 2)
        ? h(
            "span",
            { class: isPlane(recipe.data) ? "in" : column === 0 ? "right" : "left" },
            name.replace("sin x", "sin"),
          )
        : "",
    );
  }

  /** Arrow keys go from node to node. */
  #walk(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const [, column, unit] = /^node(\d+)-(\d+)$/.exec(target.id) ?? [];
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (column === undefined || move === undefined) return;
    event.preventDefault();
    let c = Number(column) + move[0]!;
    while (this.#layout?.columns[c]?.nodes.length === 0) c += move[0]!;
    const nodes = this.#layout?.columns[c]?.nodes.length ?? 0;
    const next = this.#over.querySelector<HTMLElement>(`#node${c}-${Math.min(nodes - 1, Number(unit) + move[1]!)}`);
    if (next === null) return;
    target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  #drawLinks(context: CanvasRenderingContext2D, layout: Layout, theme: Theme): void {
    const weights = this.#context.run.frame?.weights ?? [];
    let from = 0;
    layout.columns.forEach((column, c) => {
      if (c === 0 || column.nodes.length === 0) return;
      const isOfPixels = from === 0 && this.#context.recipe.data.kind === "digits";
      const of = isOfPixels ? undefined : weights.find(({ layer }) => layer === c - 1);
      const before = layout.columns[from]!;
      drawLinks(
        context,
        before,
        column,
        layout.node,
        of && { w: of.w, units: column.nodes.length + column.rest },
        theme,
      );
      from = c;
    });
  }

  #drawBar(context: CanvasRenderingContext2D, x: number, width: number, layout: Layout, theme: Theme, c: number): void {
    context.fillStyle = theme.paper;
    context.strokeStyle = this.#editing.selected === c - 1 ? theme.blue : theme.line;
    context.lineWidth = 1.5;
    const height = Math.max(60, layout.height - 4);
    box(context, x + 4, 2, width - 8, height, 7);
    context.fill();
    context.stroke();
  }

  #drawNode(
    context: CanvasRenderingContext2D,
    [x, y, size]: readonly [number, number, number],
    column: number,
    unit: number,
    theme: Theme,
  ): void {
    const { run, looked } = this.#context;
    const isLast = column === this.#layout!.columns.length - 1;
    context.save();
    box(context, x, y, size, size, 6);
    context.fillStyle = theme.paper;
    context.fill();
    context.clip();
    const grid = this.#gridOf(column, unit, isLast);
    if (grid !== undefined) drawGrid(context, this.#small, grid, [x, y, size], theme);
    context.restore();
    const isLooked = looked !== undefined && looked.layer === column - 1 && looked.unit === unit;
    box(context, x, y, size, size, 6);
    context.strokeStyle = isLooked
      ? theme.ink
      : column > 0 && this.#editing.selected === column - 1
        ? theme.blue
        : theme.faint;
    context.lineWidth = isLooked ? 2.5 : 1;
    context.stroke();
    const bias = run.frame?.weights?.find(({ layer }) => layer === column - 1)?.b[unit];
    if (bias === undefined) return;
    context.fillStyle = bias < 0 ? theme.orange : theme.blue;
    context.globalAlpha = Math.min(1, 0.15 + Math.abs(bias));
    context.beginPath();
    context.arc(x + 1, y + size - 1, 3, 0, 2 * Math.PI);
    context.fill();
    context.globalAlpha = 1;
  }

  #gridOf(column: number, unit: number, isLast: boolean) {
    const { run } = this.#context;
    if (column === 0) {
      const data = this.#inputs[unit]?.data;
      return data && { side: INPUT_SIDE, data, offset: 0, stride: 1, range: [-1.5, 1.5] as const };
    }
    const { frame, loaded } = run;
    if (frame === undefined || loaded === undefined) return undefined;
    const activation = loaded.layers[column]?.activation;
    if (isLast) {
      if (frame.output === undefined) return undefined;
      const stride = last(loaded.layers)!.units;
      const range = loaded.task === "numbers" || activation === "tanh" ? ([-1, 1] as const) : ([0, 1] as const);
      return { ...frame.output, offset: unit, stride, range };
    }
    const dense = frame.weights?.find(({ layer }) => layer === column - 1);
    if (dense !== undefined && loaded.inputs.length === 64 && dense.w.length === 64 * dense.b.length && column === 1) {
      return weightsOf(dense.w, unit, dense.b.length); // what it looks for among the pixels
    }
    const of = frame.units?.find(({ layer }) => layer === column - 1);
    if (of === undefined || unit >= of.units) return undefined;
    const cells = of.side * of.side;
    const range = rangeOf(activation, of.data, unit * cells, cells);
    return { side: of.side, data: of.data, offset: unit * cells, stride: 1, range };
  }
}

interface InputPicture {
  readonly key: Feature;
  readonly data: Float32Array;
}

interface Place {
  readonly x: number;
  readonly width: number;
  readonly nodes: readonly number[];
}

/** A unit's weights of 8 × 8 pixels as a picture. */
function weightsOf(w: Float64Array, unit: number, units: number) {
  const data = Float64Array.from({ length: 64 }, (_, pixel) => w[pixel * units + unit]!);
  return { side: 8, data, offset: 0, stride: 1, range: balancedRange(data) };
}

/** Links from each node to each: as wide as the weight, in its sign's color; without weights, thin lines. */
export function drawLinks(
  context: CanvasRenderingContext2D,
  before: Place,
  after: Place,
  node: number,
  of: { readonly w: ArrayLike<number>; readonly units: number } | undefined,
  theme: Theme,
): void {
  let most = 1;
  if (of) for (let k = 0; k < of.w.length; k++) most = Math.max(most, Math.abs(of.w[k]!));
  const [x0, x1] = [before.x + before.width, after.x];
  const middle = (x0 + x1) / 2;
  before.nodes.forEach((y0, i) => {
    after.nodes.forEach((y1, j) => {
      const weight = of ? of.w[i * of.units + j]! : 0;
      const size = Math.abs(weight) / most;
      context.beginPath();
      context.moveTo(x0, y0 + node / 2);
      context.bezierCurveTo(middle, y0 + node / 2, middle, y1 + node / 2, x1, y1 + node / 2);
      context.strokeStyle = of === undefined ? theme.line : weight < 0 ? theme.orange : theme.blue;
      context.globalAlpha = of === undefined ? 1 : 0.12 + 0.88 * Math.sqrt(size);
      context.lineWidth = 0.6 + 4.4 * size;
      context.stroke();
    });
  });
  context.globalAlpha = 1;
}

/** x1² as x₁². */
export function nice(feature: Feature): string {
  return feature.replaceAll("x1", "x₁").replaceAll("x2", "x₂");
}

function inputPictures(features: readonly Feature[], known: readonly InputPicture[]): InputPicture[] {
  const place = placeOf(INPUT_SIDE);
  return features.map(
    (key) =>
      known.find((picture) => picture.key === key) ?? {
        key,
        data: Float32Array.from({ length: INPUT_SIDE * INPUT_SIDE }, (_, n) => FEATURE[key](...place(n))),
      },
  );
}
