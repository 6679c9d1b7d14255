// A field to draw a digit in, and what the network takes it for.

import { last } from "../arrays.ts";
import type { Context, Part } from "./context.ts";
import { button, h, prepare, say } from "./dom.ts";
import { type Stroke, sampleDigit } from "./strokes.ts";

const SIDE = 240;
const PEN = 20;

export class DigitField implements Part {
  readonly root: HTMLElement;
  readonly #context: Context;
  readonly #canvas = h("canvas", {
    class: "pad",
    role: "img",
    "aria-label":
      "A field to draw a digit in, by mouse or finger. The list beside it has the same digits to try by keyboard.",
  });
  readonly #seen = h("canvas", { class: "seen", "aria-hidden": "true" });
  readonly #answer = h("p", { class: "answer", "aria-live": "polite" });
  readonly #bars: { readonly row: HTMLElement; readonly fill: HTMLElement; readonly value: HTMLElement }[] = [];
  #strokes: number[][] = [];
  #isAsking = false;
  #isStale = false;
  #epoch = -1;

  constructor(context: Context) {
    this.#context = context;
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.#strokes.push([]);
      this.#add(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons !== 1) return;
      for (const each of event.getCoalescedEvents?.() ?? [event]) this.#add(each);
    });
    const samples = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) =>
      button(String(digit), () => this.#take(SAMPLES[digit]!), { class: "quiet", "aria-label": `Draw a ${digit}` }),
    );
    for (let digit = 0; digit < 10; digit++) {
      const [fill, value] = [h("i"), h("span", { class: "number" })];
      const row = h(
        "div",
        { class: "bar-row" },
        h("span", {}, String(digit)),
        h("span", { class: "track" }, fill),
        value,
      );
      this.#bars.push({ row, fill, value });
    }
    this.root = h(
      "div",
      { class: "digits" },
      h(
        "div",
        {},
        canvas,
        h(
          "div",
          { class: "row" },
          button("Clear", () => this.#take([]), { class: "quiet" }),
          this.#seen,
          h("span", { class: "note" }, "what it sees: 8 × 8"),
        ),
      ),
      h("div", { class: "bars" }, this.#answer, ...this.#bars.map(({ row }) => row)),
      h("div", { class: "row samples", role: "group", "aria-label": "Digits to try" }, ...samples),
    );
  }

  draw(): void {
    if (this.#context.recipe.data.kind !== "digits") return;
    const { frame } = this.#context.run;
    if (frame !== undefined && frame.epoch !== this.#epoch) {
      this.#epoch = frame.epoch;
      void this.#ask();
    }
    this.#ink();
  }

  #take(strokes: readonly Stroke[]): void {
    this.#strokes = strokes.map((stroke) => stroke.map((value) => (value / 100) * SIDE));
    this.#ink();
    void this.#ask();
  }

  #add({ clientX, clientY }: PointerEvent): void {
    const { left, top, width } = this.#canvas.getBoundingClientRect();
    last(this.#strokes)?.push(((clientX - left) / width) * SIDE, ((clientY - top) / width) * SIDE);
    this.#ink();
    void this.#ask();
  }

  #ink(): void {
    const { theme } = this.#context;
    const context = prepare(this.#canvas, SIDE, SIDE);
    context.strokeStyle = theme.ink;
    context.lineWidth = PEN;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of this.#strokes) {
      context.beginPath();
      context.moveTo(stroke[0]!, stroke[1]!);
      context.lineTo(stroke[0]! + 0.01, stroke[1]!);
      for (let k = 2; k < stroke.length; k += 2) context.lineTo(stroke[k]!, stroke[k + 1]!);
      context.stroke();
    }
    if (this.#strokes.length === 0) {
      context.fillStyle = theme.faint;
      context.font = "16px system-ui, sans-serif";
      context.textAlign = "center";
      context.fillText("Draw a digit here", SIDE / 2, SIDE / 2);
    }
    const seen = prepare(this.#seen, 40, 40);
    const cells = sampleDigit(this.#strokes, PEN);
    seen.fillStyle = theme.ink;
    cells?.forEach((value, k) => {
      seen.globalAlpha = value / 16;
      seen.fillRect((k % 8) * 5, Math.floor(k / 8) * 5, 5, 5);
    });
  }

  /** One question at a time; what was drawn meanwhile is asked next. */
  async #ask(): Promise<void> {
    if (this.#isAsking) {
      this.#isStale = true;
      return;
    }
    const row = sampleDigit(this.#strokes, PEN);
    if (row === undefined || this.#context.run.loaded === undefined) return this.#show(undefined);
    this.#isAsking = true;
    try {
      this.#show(await this.#context.run.predict(row));
    } catch {
      this.#show(undefined); // the training was loaded anew
    }
    this.#isAsking = false;
    if (!this.#isStale) return;
    this.#isStale = false;
    await this.#ask();
  }

  #show(outputs: Float64Array | undefined): void {
    const best = outputs?.reduce((most, value, k) => (value > outputs[most]! ? k : most), 0);
    say(this.#answer, best === undefined ? "Draw a digit, or take one of these." : `It reads a ${best}.`);
    this.#bars.forEach(({ row, fill, value }, digit) => {
      const share = outputs?.[digit] ?? 0;
      fill.style.transform = `scaleX(${Math.min(1, Math.max(0, share)).toFixed(3)})`;
      say(value, outputs === undefined ? "" : `${(share * 100).toFixed(1)} %`);
      row.classList.toggle("best", digit === best);
    });
  }
}

/** Digits to try without a pointer, in hundredths of the field. */
const SAMPLES: readonly (readonly Stroke[])[] = [
  [[50, 12, 32, 20, 26, 50, 32, 80, 50, 88, 68, 80, 74, 50, 68, 20, 50, 12]],
  [[38, 28, 54, 12, 54, 88]],
  [[30, 30, 36, 16, 52, 12, 66, 20, 66, 38, 30, 86, 72, 86]],
  [[32, 18, 50, 12, 66, 20, 64, 38, 48, 48, 66, 58, 68, 76, 52, 88, 32, 82]],
  [
    [56, 12, 28, 60, 74, 60],
    [60, 40, 58, 90],
  ],
  [[68, 12, 36, 12, 32, 46, 52, 42, 68, 54, 68, 74, 52, 88, 30, 82]],
  [[62, 12, 42, 30, 32, 60, 38, 82, 52, 88, 66, 78, 66, 62, 52, 54, 36, 62]],
  [
    [28, 14, 72, 14, 46, 88],
    [36, 50, 66, 50],
  ],
  [[50, 48, 34, 36, 36, 18, 50, 12, 64, 18, 66, 36, 50, 48, 32, 64, 34, 82, 50, 88, 66, 82, 68, 64, 50, 48]],
  [[66, 36, 50, 48, 34, 38, 34, 20, 50, 12, 64, 20, 66, 36, 60, 66, 46, 88]],
];
