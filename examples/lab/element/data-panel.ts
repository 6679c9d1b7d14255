// Which data: small pictures of the shapes, their rows, noise and seed, what the network gets of a point, and one's
// own.

import {
  type DataKind,
  type DataRecipe,
  defaultRecipe,
  FEATURES,
  type Feature,
  isPlane,
  isShape,
  isSurface,
  LIMITS,
  type ShapeName,
} from "../recipe.ts";
import type { Theme } from "./colors.ts";
import type { Context, Part } from "./context.ts";
import { count, h, prepare, say } from "./dom.ts";
import { Fields } from "./fields.ts";
import { nice } from "./network-picture.ts";

/** What can be chosen; "own" is a table of one's own. */
type Choice = ShapeName | "iris" | "digits" | "points" | "own";
const CHOICES: readonly (readonly [Choice, string])[] = [
  ["circles", "Circles"],
  ["xor", "Exclusive or"],
  ["gauss", "Gauss"],
  ["spirals", "Spirals"],
  ["moons", "Moons"],
  ["plane", "Plane"],
  ["waves", "Waves"],
  ["iris", "Iris"],
  ["digits", "Digits"],
  ["points", "Draw"],
  ["own", "Own table"],
];

const choiceOf = (kind: DataKind): Choice => (kind === "table" || kind === "file" ? "own" : kind);

export class DataPanel implements Part {
  readonly root: HTMLElement;
  readonly #context: Context;
  readonly #fields = new Fields();
  readonly #radios = new Map<Choice, HTMLInputElement>();
  readonly #pictures: (readonly [Choice, HTMLCanvasElement])[] = [];
  readonly #numbers: readonly HTMLElement[];
  readonly #rows: HTMLElement;
  readonly #features: HTMLElement;
  readonly #boxes = new Map<Feature, HTMLInputElement>();
  readonly #summary = h("p", { class: "note" });
  #isDark: boolean | undefined;
  #isOwn = false; // a table of one's own was chosen, though there may be none yet

  /** @param own - Where one's own table is chosen; @param points - where drawn points are listed. */
  constructor(context: Context, own: HTMLElement, points: HTMLElement, choose: (isOwn: boolean) => void) {
    this.#context = context;
    const name = `data${Math.random().toString(36).slice(2)}`;
    const options = CHOICES.map(([value, label]) => {
      const input = h("input", { type: "radio", name, value, class: "hidden" });
      input.addEventListener("change", () => {
        this.#isOwn = value === "own";
        choose(this.#isOwn);
        if (value !== "own" && choiceOf(context.recipe.data.kind) !== value) context.set(recipeFor(value, context));
      });
      this.#radios.set(value, input);
      const picture = h("canvas", { "aria-hidden": "true" });
      this.#pictures.push([value, picture]);
      return h("label", { class: "shape" }, input, picture, h("span", {}, label));
    });
    this.#numbers = [
      this.#fields.range(
        "Noise",
        { min: 0, max: 1, step: 0.05, ...this.#shape("noise") },
        (value) => `${Math.round(value * 100)} %`,
      ),
      this.#fields.number("Seed", { min: 0, max: 2 ** 32 - 1, ...this.#shape("seed") }),
    ];
    this.#rows = this.#fields.number("Rows", {
      min: 4,
      max: LIMITS.rows,
      ...this.#shape("rows"),
      list: [100, 200, 500, 1000, 5000],
    });
    this.#features = h(
      "fieldset",
      { class: "features" },
      h("legend", {}, "Inputs"),
      ...FEATURES.map((feature) => this.#feature(feature)),
    );
    this.root = h(
      "div",
      { class: "stack" },
      h("fieldset", { class: "shapes" }, h("legend", { class: "hidden" }, "Data set"), ...options),
      own,
      points,
      h("div", { class: "fields" }, this.#rows, ...this.#numbers),
      this.#features,
      this.#summary,
    );
  }

  sync(): void {
    const { recipe, run } = this.#context;
    const { kind } = recipe.data;
    const choice = this.#isOwn ? "own" : choiceOf(kind);
    this.#radios.get(choice)!.checked = true;
    const isDrawn = choice !== "own" && (isShape(kind) || isSurface(kind));
    for (const field of this.#numbers) field.hidden = !isDrawn;
    this.#rows.hidden = !isDrawn && choice !== "digits";
    this.#features.hidden = choice === "own" || !isPlane(recipe.data);
    for (const [feature, box] of this.#boxes) {
      box.checked = recipe.features.includes(feature);
      box.disabled = box.checked && recipe.features.length === 1;
      box.title = box.disabled ? "One input at least is needed." : "";
    }
    if (isDrawn || kind === "digits") this.#fields.sync();
    const rows = run.loaded?.rows;
    say(
      this.#summary,
      rows === undefined
        ? ""
        : `${count(rows.training, "row")} to train on, ${count(rows.validation, "row")} only to validate.`,
    );
  }

  draw(): void {
    const { theme } = this.#context;
    if (this.#isDark === theme.isDark) return;
    this.#isDark = theme.isDark;
    for (const [choice, canvas] of this.#pictures) drawThumbnail(prepare(canvas, 44, 44), choice, theme);
  }

  #shape(key: "rows" | "noise" | "seed") {
    return {
      get: () => (this.#context.recipe.data as unknown as Record<string, number>)[key] ?? 0,
      set: (value: number) => this.#context.set({ data: { ...this.#context.recipe.data, [key]: value } as DataRecipe }),
    };
  }

  #feature(feature: Feature): HTMLElement {
    const box = h("input", { type: "checkbox", class: "hidden" });
    box.addEventListener("change", () => {
      const { features } = this.#context.recipe;
      this.#context.set({
        features: FEATURES.filter((each) => (each === feature ? box.checked : features.includes(each))),
      });
    });
    this.#boxes.set(feature, box);
    return h("label", { class: "chip" }, box, h("span", {}, nice(feature)));
  }
}

/** What changes with the data: a network that can learn them, unless one was made by hand. */
function recipeFor(kind: Exclude<Choice, "own">, { recipe }: Context) {
  const fresh = defaultRecipe(kind);
  const wasFresh = JSON.stringify(defaultRecipe(recipe.data.kind).network) === JSON.stringify(recipe.network);
  if (wasFresh) return fresh;
  const isNumbers = isSurface(fresh.data.kind);
  const { loss, output } = recipe.network;
  const fits = (typeof loss === "object" ? loss.type : loss) === "auto" || !isNumbers;
  return {
    data: fresh.data,
    network: { ...recipe.network, loss: fits ? loss : ("auto" as const), output: fits ? output : ("auto" as const) },
  };
}

/** A small picture of a shape; not its data, only what one knows it by. */
function drawThumbnail(context: CanvasRenderingContext2D, choice: Choice, theme: Theme) {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const dot = (x: number, y: number, isBlue: boolean, radius = 1.7) => {
    context.fillStyle = isBlue ? theme.blue : theme.orange;
    context.beginPath();
    context.arc(22 + x * 20, 22 - y * 20, radius, 0, 7);
    context.fill();
  };
  const many = (n: number, place: (k: number) => readonly [number, number, boolean]) => {
    for (let k = 0; k < n; k++) dot(...place(k));
  };
  const turn = (angle: number, radius: number) => [Math.cos(angle) * radius, Math.sin(angle) * radius] as const;
  switch (choice) {
    case "circles":
      return many(56, (k) => [...turn(k * 2.4, k < 20 ? 0.4 * Math.sqrt(k / 20) : 0.78 + random() * 0.2), k < 20]);
    case "xor":
      return many(60, () => {
        const [x, y] = [random() * 1.8, random() * 1.8];
        return [x + Math.sign(x) * 0.05, y + Math.sign(y) * 0.05, x * y > 0];
      });
    case "gauss":
      return many(56, (k) => {
        const side = k % 2 === 0 ? 0.45 : -0.45;
        return [side + random() + random() * 0.4, side + random() * 0.9, side > 0];
      });
    case "spirals":
      return many(56, (k) => [...turn((k >> 1) * 0.22 + (k % 2) * Math.PI, 0.08 + (k >> 1) * 0.033), k % 2 === 0]);
    case "moons":
      return many(52, (k) => {
        const angle = ((k >> 1) / 25) * Math.PI;
        const sign = k % 2 === 0 ? 1 : -1;
        return [
          sign * (Math.cos(angle) * 0.62 - 0.28) + random() * 0.12,
          sign * (Math.sin(angle) * 0.7 - 0.2) + random() * 0.12,
          sign > 0,
        ];
      });
    case "plane":
    case "waves":
      return drawSurface(context, theme, (x, y) =>
        choice === "plane" ? (x + y) / 1.6 : Math.sin(x * 4) * Math.cos(y * 4),
      );
    case "iris":
      return many(45, (k) => {
        const group = k % 3;
        context.globalAlpha = group === 1 ? 0.55 : 1;
        return [(group - 1) * 0.55 + random() * 0.5, (group - 1) * 0.4 + random() * 0.7, group > 0];
      });
    case "digits":
      context.font = "700 30px system-ui, sans-serif";
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillStyle = theme.ink;
      return context.fillText("8", 22, 24);
    case "points":
      context.strokeStyle = theme.blue;
      context.lineWidth = 3;
      context.lineCap = "round";
      context.beginPath();
      context.moveTo(7, 32);
      context.bezierCurveTo(14, 2, 26, 46, 37, 12);
      context.stroke();
      return dot(0.55, -0.55, false, 3);
    case "own":
      context.strokeStyle = theme.faint;
      context.lineWidth = 1.5;
      context.strokeRect(6, 8, 32, 28);
      context.fillStyle = theme.blue;
      context.globalAlpha = 0.35;
      context.fillRect(6, 8, 32, 8);
      context.globalAlpha = 1;
      context.beginPath();
      for (const y of [16, 26]) {
        context.moveTo(6, y);
        context.lineTo(38, y);
      }
      context.moveTo(20, 8);
      context.lineTo(20, 36);
      return context.stroke();
  }
}

function drawSurface(context: CanvasRenderingContext2D, theme: Theme, at: (x: number, y: number) => number): void {
  for (let row = 0; row < 10; row++) {
    for (let column = 0; column < 10; column++) {
      const value = at(column / 4.5 - 1, 1 - row / 4.5);
      const pixel = theme.scale[Math.round(Math.min(255, Math.max(0, (value + 1) * 127.5)))]!;
      context.fillStyle = `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`;
      context.fillRect(2 + column * 4, 2 + row * 4, 4, 4);
    }
  }
}
