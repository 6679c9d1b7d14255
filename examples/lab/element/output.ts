// The picture of what the network makes of the plane: colors for its outputs, the points on top, and under a crosshair
// the value. It also takes points that are drawn.

import { last } from "../arrays.ts";
import { isPlane, taskOf } from "../recipe.ts";
import type { Theme } from "./colors.ts";
import type { Context, Part } from "./context.ts";
import { contour } from "./contour.ts";
import { digits, h, prepare, say } from "./dom.ts";
import { axes, BOTTOM, box, drawGrid, drawPoints, type Grid, LEFT, pointColor, REACH, rangeOf } from "./drawing.ts";
import { newest, type Run } from "./run.ts";
import type { Scene } from "./svg.ts";

export interface Drawn {
  /** A point was drawn: the pointer is down at it, or moves on. */
  point(x1: number, x2: number, isFirst: boolean): void;
}

export class OutputPicture implements Part {
  readonly root: HTMLElement;
  /** Set while points are drawn. */
  drawing: Drawn | undefined;
  readonly #canvas = h("canvas", {
    width: 340,
    height: 336,
    tabindex: 0,
    role: "application",
    "aria-roledescription": "picture",
  });
  readonly #value = h("output", { class: "value" });
  readonly #legend = h("div", { class: "legend" });
  readonly #small = document.createElement("canvas");
  #points: HTMLCanvasElement | undefined;
  #pointsKey = "";
  #cross: readonly [number, number] | undefined;
  #sharp = false;
  #withValidation = true;
  #size = 0;
  readonly #context: Context;
  readonly #run: () => Run | undefined;

  constructor(context: Context, run: () => Run | undefined = () => context.run) {
    this.#context = context;
    this.#run = run;
    const canvas = this.#canvas;
    canvas.addEventListener("pointermove", (event) => this.#point(event, false));
    canvas.addEventListener("pointerdown", (event) => this.#point(event, true));
    canvas.addEventListener("pointerleave", () => this.#move(undefined));
    canvas.addEventListener("blur", () => this.#move(undefined));
    canvas.addEventListener("keydown", (event) => this.#key(event));
    this.root = h("div", { class: "picture" }, canvas, h("div", { class: "under" }, this.#legend, this.#value));
    new ResizeObserver(([entry]) => {
      const size = Math.round(entry!.contentRect.width);
      if (size === this.#size) return;
      this.#size = size;
      this.draw();
    }).observe(this.root);
  }

  /** Classes by their ends' colors alone. */
  set sharp(value: boolean) {
    this.#sharp = value;
    this.draw();
  }

  get sharp(): boolean {
    return this.#sharp;
  }

  set withValidation(value: boolean) {
    this.#withValidation = value;
    this.draw();
  }

  get withValidation(): boolean {
    return this.#withValidation;
  }

  /** The picture as it stands. */
  get canvas(): HTMLCanvasElement {
    return this.#canvas;
  }

  sync(): void {
    this.root.hidden = !isPlane(this.#context.recipe.data);
    this.#pointsKey = "";
    this.draw();
  }

  draw(): void {
    const size = this.#size;
    if (size === 0) return;
    const { theme } = this.#context;
    const inner = size - LEFT;
    const context = prepare(this.#canvas, size, inner + BOTTOM);
    const grid = this.grid();
    context.save();
    box(context, LEFT, 0, inner, inner, 6);
    context.clip();
    context.fillStyle = `rgb(${theme.middle.join(" ")})`;
    context.fillRect(LEFT, 0, inner, inner);
    if (grid !== undefined) this.#heat(context, grid, inner, theme);
    this.#drawPoints(context, inner, theme);
    this.#drawCross(context, inner, theme);
    context.restore();
    axes(context, inner, theme);
    this.#drawLegend(grid, theme);
    this.tell();
    this.#label(grid);
  }

  #heat(context: CanvasRenderingContext2D, grid: Grid, inner: number, theme: Theme): void {
    const { side } = grid;
    drawGrid(context, this.#small, grid, [LEFT, 0, inner], theme, this.#sharp);
    const pieces = this.#decision(grid);
    const place = inner / side; // a grid's point is the middle of its cell
    context.beginPath();
    for (let k = 0; k < pieces.length; k += 4) {
      context.moveTo(LEFT + (pieces[k]! + 0.5) * place, (pieces[k + 1]! + 0.5) * place);
      context.lineTo(LEFT + (pieces[k + 2]! + 0.5) * place, (pieces[k + 3]! + 0.5) * place);
    }
    context.strokeStyle = theme.ink;
    context.globalAlpha = 0.55;
    context.lineWidth = 1.5;
    context.stroke();
    context.globalAlpha = 1;
  }

  /** Where two classes are even, in steps of the grid. */
  #decision({ side, data, range, offset, stride }: Grid): number[] {
    if (this.#run()?.loaded?.task !== "classes" || this.#context.looked !== undefined) return [];
    return contour(data, side, (range[0] + range[1]) / 2, { offset, stride });
  }

  /** What is in the picture now. */
  scene(): Scene {
    const { theme } = this.#context;
    const grid = this.grid();
    const side = grid?.side ?? 1;
    const task = this.#run()?.loaded?.task ?? "classes";
    const line = grid === undefined ? [] : this.#decision(grid);
    return {
      theme,
      image: grid && this.#small.toDataURL(),
      line: line.map((place, k) => (k % 2 === 0 ? 1 : -1) * ((place + 0.5) * ((2 * REACH) / side) - REACH)),
      points: this.#pointsNow(),
      colorOf: (label) => pointColor(label, task, theme),
    };
  }

  /** The points: those that were drawn are shown before they are loaded. */
  #pointsNow() {
    const { recipe, run } = this.#context;
    const { data } = recipe;
    if (data.kind !== "points" || this.#run() !== run) return this.#run()?.loaded?.points;
    const known = run.loaded?.points;
    if (known !== undefined && known.data.length === 3 * data.points.length) return known;
    return { data: Float64Array.from(data.points.flat()), training: data.points.length };
  }

  /** What the picture shows now: the output, or the unit that is looked at. */
  grid(): Grid | undefined {
    const run = this.#run();
    const frame = run?.frame;
    const loaded = run?.loaded;
    if (frame === undefined || loaded === undefined) return undefined;
    const { looked } = this.#context;
    const layer = looked && frame.units?.find((units) => units.layer === looked.layer);
    if (looked !== undefined && layer !== undefined && looked.unit < layer.units) {
      const cells = layer.side * layer.side;
      const range = rangeOf(loaded.layers[looked.layer + 1]?.activation, layer.data, looked.unit * cells, cells);
      const of = `layer ${looked.layer + 1}, unit ${looked.unit + 1}`;
      return { side: layer.side, data: layer.data, offset: looked.unit * cells, stride: 1, range, of };
    }
    if (frame.output === undefined) return undefined;
    const { units: outputs, activation } = last(loaded.layers)!;
    const range: Grid["range"] = loaded.task === "numbers" || activation === "tanh" ? [-1, 1] : [0, 1];
    return { ...frame.output, offset: outputs === 2 ? 1 : 0, stride: outputs, range, of: "the output" };
  }

  #drawPoints(context: CanvasRenderingContext2D, inner: number, theme: Theme): void {
    const points = this.#pointsNow();
    if (points === undefined) return;
    const task = taskOf(this.#context.recipe.data);
    const key = `${inner} ${theme.isDark} ${this.#withValidation} ${task} ${points.data.length}`;
    if (this.#points === undefined || this.#pointsKey !== key) {
      this.#pointsKey = key;
      this.#points = document.createElement("canvas");
      drawPoints(this.#points, inner, points, theme, task, this.#withValidation);
    }
    context.drawImage(this.#points, LEFT, 0, inner, inner);
  }

  #drawCross(context: CanvasRenderingContext2D, inner: number, theme: Theme): void {
    if (this.#cross === undefined) return;
    const [x, y] = this.#toPixels(this.#cross, inner);
    context.beginPath();
    context.moveTo(x + 0.5, 0);
    context.lineTo(x + 0.5, inner);
    context.moveTo(LEFT, y + 0.5);
    context.lineTo(LEFT + inner, y + 0.5);
    context.strokeStyle = theme.ink;
    context.globalAlpha = 0.7;
    context.lineWidth = 1;
    context.setLineDash([3, 3]);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  #drawLegend(grid: Grid | undefined, theme: Theme): void {
    const loaded = this.#run()?.loaded;
    const [low, high] = grid?.range ?? [0, 1];
    const isOutput = grid?.of === "the output";
    const [first, second] = loaded?.task === "classes" && isOutput ? loaded.outputs.slice(-2) : [];
    const ends = [low, (low + high) / 2, high].map((value) => short(value));
    const key = `${ends} ${first} ${second} ${theme.isDark} ${this.#sharp}`;
    if (this.#legend.dataset.key === key) return;
    this.#legend.dataset.key = key;
    const bar = h("i", { class: this.#sharp ? "scale sharp" : "scale" });
    const numbers = h("span", { class: "numbers" }, ...ends.map((text) => h("span", {}, text)));
    this.#legend.replaceChildren(bar, numbers);
  }

  #label(grid: Grid | undefined): void {
    const run = this.#run();
    const epoch = run?.frame?.epoch;
    const loss = epoch === undefined ? "" : `; loss ${digits(newest(run!.series.loss))} after epoch ${epoch}`;
    const what =
      grid === undefined ? "The plane and its points" : `Values of ${grid.of} over the plane, with the points`;
    const label = `${what}${run?.running ? "" : loss}. Arrow keys move a crosshair that reads a value.`;
    if (this.#canvas.getAttribute("aria-label") !== label) this.#canvas.setAttribute("aria-label", label);
  }

  #toPixels([x1, x2]: readonly [number, number], inner: number): [number, number] {
    return [LEFT + ((x1 + REACH) / (2 * REACH)) * inner, ((REACH - x2) / (2 * REACH)) * inner];
  }

  #point(event: PointerEvent, isDown: boolean): void {
    const { left, top } = this.#canvas.getBoundingClientRect();
    const inner = this.#size - LEFT;
    const x1 = ((event.clientX - left - LEFT) / inner) * 2 * REACH - REACH;
    const x2 = REACH - ((event.clientY - top) / inner) * 2 * REACH;
    const isInside = Math.abs(x1) <= REACH && Math.abs(x2) <= REACH;
    if (this.drawing !== undefined && isInside && (isDown || event.buttons === 1)) {
      if (isDown) this.#canvas.setPointerCapture(event.pointerId);
      this.drawing.point(x1, x2, isDown);
    }
    this.#move(isInside ? [x1, x2] : undefined);
  }

  #key(event: KeyboardEvent): void {
    const step = event.shiftKey ? 1 : 0.2;
    const moves: Record<string, readonly [number, number]> = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, step],
      ArrowDown: [0, -step],
    };
    const move = moves[event.key];
    if (event.key === "Escape") this.#move(undefined);
    if (move === undefined) return;
    event.preventDefault();
    const [x1, x2] = this.#cross ?? [0, 0];
    const within = (value: number) => Math.min(REACH, Math.max(-REACH, Math.round(value * 5) / 5));
    this.#move([within(x1 + move[0]), within(x2 + move[1])], true);
  }

  #move(cross: readonly [number, number] | undefined, isKey = false): void {
    this.#cross = cross;
    this.#value.setAttribute("aria-live", isKey ? "polite" : "off");
    this.tell();
    this.#context.redraw();
  }

  /** Says the value under the crosshair. */
  tell() {
    const grid = this.grid();
    if (grid === undefined) return say(this.#value, "");
    if (this.#cross === undefined)
      return say(this.#value, this.#context.looked === undefined ? "" : `Picture of ${grid.of}`);
    const [x1, x2] = this.#cross;
    const cell = (part: number) => Math.min(grid.side - 1, Math.floor(part * grid.side));
    const [row, column] = [cell((REACH - x2) / (2 * REACH)), cell((x1 + REACH) / (2 * REACH))];
    const value = grid.data[grid.offset + (row * grid.side + column) * grid.stride]!;
    say(this.#value, `x₁ ${coordinate(x1)}, x₂ ${coordinate(x2)}: ${digits(value)}`);
  }
}

const coordinate = (value: number) => value.toFixed(1).replace("-", "−");
const short = (value: number) =>
  Math.abs(value) >= 100 ? digits(value) : String(Number(value.toPrecision(2))).replace("-", "−");
