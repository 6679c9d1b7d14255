// Points drawn by hand: by mouse or finger in the picture, or as numbers in a table.

import { type DataRecipe, LIMITS, type Task } from "../recipe.ts";
import type { Context, Part } from "./context.ts";
import { button, count, h, say } from "./dom.ts";
import { type Choice, Fields } from "./fields.ts";
import type { Drawn, OutputPicture } from "./output.ts";

type Point = readonly [x1: number, x2: number, label: number];
type Points = Extract<DataRecipe, { kind: "points" }>;

const SPACING = 0.35; // between points of one stroke
const ERASED = 0.5;
const LISTED = 200;

/** On the grid that links hold: steps of 0.05. */
export const onGrid = (value: number) => Math.round(Math.min(6, Math.max(-6, value)) * 20) / 20;

export class PointsPanel implements Part, Drawn {
  readonly root: HTMLElement;
  readonly #context: Context;
  readonly #output: OutputPicture;
  readonly #fields = new Fields();
  readonly #tools: readonly HTMLButtonElement[];
  readonly #summary = h("p", { class: "note", role: "status" });
  readonly #table = h("tbody");
  readonly #details: HTMLDetailsElement;
  readonly #undo: HTMLButtonElement;
  readonly #value: HTMLElement;
  #tool = 1; // the label that is drawn; NaN erases
  #last: readonly [number, number] | undefined;
  #history: (readonly Point[])[] = [];

  constructor(context: Context, output: OutputPicture) {
    this.#context = context;
    this.#output = output;
    const tool = (label: number, words: string, kind: string) =>
      button(words, () => this.#choose(label), { class: `tool ${kind}`, "data-label": label });
    this.#tools = [tool(0, "Class 0", "orange"), tool(1, "Class 1", "blue"), tool(Number.NaN, "Erase", "eraser")];
    const tasks: Choice<Task>[] = [
      { value: "classes", label: "two classes" },
      { value: "numbers", label: "numbers from −1 to 1" },
    ];
    const task = this.#fields.select("Points are", tasks, {
      get: () => this.#data?.task ?? "classes",
      set: (value) => {
        this.#tool = 1;
        const points = this.#points.map(
          ([x1, x2, label]): Point => [x1, x2, value === "classes" ? Number(label > 0) : label > 0 ? 1 : -1],
        );
        this.#put(points, value);
      },
    });
    this.#value = this.#fields.range(
      "Number of the next points",
      {
        min: -1,
        max: 1,
        step: 0.1,
        get: () => (Number.isNaN(this.#tool) ? 1 : this.#tool),
        set: (value) => this.#choose(value),
      },
      (value) => value.toFixed(1).replace("-", "−"),
    );
    this.#undo = button("Undo", () => this.#back(), { class: "quiet" });
    const clear = button("Clear", () => this.#keep([]), { class: "quiet" });
    const head = h(
      "thead",
      {},
      h("tr", {}, ...["x₁", "x₂", "Label", ""].map((text) => (text ? h("th", { scope: "col" }, text) : h("td")))),
    );
    const add = button(
      "Add a point",
      () => this.#keep([...this.#points, [0, 0, Number.isNaN(this.#tool) ? 1 : this.#tool]]),
      { class: "quiet" },
    );
    this.#details = h(
      "details",
      { ontoggle: () => this.#list() },
      h("summary", {}, "Points as a table"),
      h("div", { class: "scroll low" }, h("table", { class: "cells", "aria-label": "Points" }, head, this.#table)),
      add,
    );
    this.root = h(
      "div",
      { class: "stack" },
      h("p", { class: "note" }, "Draw in the picture by mouse or finger, or type numbers into the table."),
      h("div", { class: "row", role: "group", "aria-label": "What to draw" }, ...this.#tools),
      task,
      this.#value,
      h("div", { class: "row" }, this.#undo, clear, this.#summary),
      this.#details,
    );
  }

  get #data(): Points | undefined {
    const { data } = this.#context.recipe;
    return data.kind === "points" ? data : undefined;
  }

  get #points(): readonly Point[] {
    return this.#data?.points ?? [];
  }

  sync(): void {
    const data = this.#data;
    this.#output.drawing = data && this;
    this.#output.root.classList.toggle("drawing", data !== undefined);
    if (data === undefined) {
      this.#history = [];
      return;
    }
    const isNumbers = data.task === "numbers";
    this.#value.hidden = !isNumbers;
    this.#tools[0]!.hidden = isNumbers;
    say(this.#tools[1]!, isNumbers ? "Draw" : "Class 1");
    for (const each of this.#tools) {
      const label = Number(each.dataset.label);
      const isOn = isNumbers && label === 1 ? !Number.isNaN(this.#tool) : Object.is(label, this.#tool);
      each.setAttribute("aria-pressed", String(isOn));
    }
    this.#undo.disabled = this.#history.length === 0;
    const few = data.points.length < 4 ? "; four at least can be trained on" : "";
    say(this.#summary, `${count(data.points.length, "point")}${few}`);
    this.#fields.sync();
    this.#list();
  }

  point(x1: number, x2: number, isFirst: boolean) {
    const last = isFirst ? undefined : this.#last;
    if (isFirst) this.#remember();
    if (Number.isNaN(this.#tool)) {
      const far = this.#points.filter(([a, b]) => (a - x1) ** 2 + (b - x2) ** 2 > ERASED ** 2);
      if (far.length < this.#points.length) this.#put(far);
      return;
    }
    if (last !== undefined && (last[0] - x1) ** 2 + (last[1] - x2) ** 2 < SPACING ** 2) return;
    this.#last = [x1, x2];
    if (this.#points.length >= LIMITS.points) {
      return this.#context.notice(`${count(LIMITS.points, "point")} are as many as the lab takes.`, "bad");
    }
    this.#put([...this.#points, [onGrid(x1), onGrid(x2), this.#tool]]);
  }

  #choose(label: number): void {
    this.#tool = label;
    this.sync();
  }

  #remember(): void {
    this.#history.push(this.#points);
    if (this.#history.length > 100) this.#history.shift();
  }

  #keep(points: readonly Point[]): void {
    this.#remember();
    this.#put(points);
  }

  #back(): void {
    const before = this.#history.pop();
    if (before !== undefined) this.#put(before);
  }

  #put(points: readonly Point[], task = this.#data?.task ?? "classes"): void {
    this.#context.set({ data: { kind: "points", task, points } });
  }

  #list(): void {
    if (!this.#details.open || this.#table.contains((this.#table.getRootNode() as ShadowRoot).activeElement)) return;
    const isNumbers = this.#data?.task === "numbers";
    const rows = this.#points.slice(0, LISTED).map((point, k) => {
      const cell = (part: 0 | 1 | 2, label: string) => {
        const [low, high, step] = part < 2 ? [-6, 6, 0.05] : isNumbers ? [-1, 1, 0.1] : [0, 1, 1];
        const input = h("input", {
          type: "number",
          min: low,
          max: high,
          step,
          value: String(point[part]),
          "aria-label": `${label} of point ${k + 1}`,
        });
        input.addEventListener("change", () => {
          const typed = Math.min(high, Math.max(low, input.valueAsNumber || 0));
          const value = part < 2 ? onGrid(typed) : isNumbers ? typed : Math.round(typed);
          input.value = String(value);
          this.#keep(
            this.#points.map((each, n) =>
              n === k ? (each.map((old, p) => (p === part ? value : old)) as unknown as Point) : each,
            ),
          );
        });
        return h("td", {}, input);
      };
      const remove = button("Remove", () => this.#keep(this.#points.filter((_, n) => n !== k)), {
        class: "quiet",
        "aria-label": `Remove point ${k + 1}`,
      });
      return h("tr", {}, cell(0, "x1"), cell(1, "x2"), cell(2, "Label"), h("td", {}, remove));
    });
    if (this.#points.length > LISTED) {
      rows.push(h("tr", {}, h("td", { colspan: 4 }, `and ${count(this.#points.length - LISTED, "point")} more`)));
    }
    this.#table.replaceChildren(...rows);
  }
}
