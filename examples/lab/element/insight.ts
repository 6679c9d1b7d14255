// What the network does inside: how large the gradients are, layer by layer, and which class is taken for which.

import type { Context, Part } from "./context.ts";
import { digits, h, say } from "./dom.ts";

export class Insight implements Part {
  readonly root: HTMLElement;
  readonly #context: Context;
  readonly #bars = h("div", { class: "bars inside-bars" });
  readonly #table = h("table", { class: "confusion" });
  /** The table of classes, which stands elsewhere where there is no plane to look at. */
  readonly classes = h("div", {});
  #key = "";
  #rows: { readonly fill: HTMLElement; readonly value: HTMLElement }[] = [];
  #cells: HTMLElement[] = [];

  constructor(context: Context) {
    this.#context = context;
    const scroll = h(
      "div",
      { class: "scroll", tabindex: 0, role: "group", "aria-label": "Confusion matrix" },
      this.#table,
    );
    this.classes.append(h("h3", {}, "True class, and what it was taken for"), scroll);
    this.root = h(
      "div",
      { class: "charts" },
      h("div", {}, h("h3", {}, "Size of the gradients"), this.#bars),
      this.classes,
    );
  }

  draw(): void {
    const { frame, loaded } = this.#context.run;
    if (loaded === undefined) return;
    const dense = loaded.layers.map(({ name, units }, l) => ({ name, units, l })).slice(1);
    const sizes = frame?.gradients;
    const classes = frame?.confusion?.classes ?? 0;
    const key = `${sizes?.length} ${classes} ${loaded.outputs}`;
    if (key !== this.#key) {
      this.#key = key;
      this.#build(sizes?.length ?? 0, classes, loaded.outputs);
    }
    if (dense.length > 0 && sizes !== undefined) this.#showBars(sizes);
    this.classes.hidden = classes === 0;
    if (frame?.confusion !== undefined) this.#showConfusion(frame.confusion.counts, classes);
  }

  #build(layers: number, classes: number, labels: readonly string[]): void {
    this.#rows = Array.from({ length: layers }, () => ({ fill: h("i"), value: h("span", { class: "number" }) }));
    const name = (l: number) => (l === layers - 1 ? "Output" : `Dense ${l + 1}`);
    this.#bars.replaceChildren(
      ...this.#rows.map(({ fill, value }, l) =>
        h("div", { class: "bar-row" }, h("span", {}, name(l)), h("span", { class: "track" }, fill), value),
      ),
    );
    if (layers === 0) this.#bars.append(h("p", { class: "note" }, "They are shown once it has trained."));
    this.#cells = Array.from({ length: classes * classes }, () => h("td"));
    const names = Array.from({ length: classes }, (_, c) => labels[c] ?? String(c));
    this.#table.replaceChildren(
      h("thead", {}, h("tr", {}, h("td"), ...names.map((label) => h("th", { scope: "col" }, label)))),
      h(
        "tbody",
        {},
        ...names.map((label, row) =>
          h("tr", {}, h("th", { scope: "row" }, label), ...this.#cells.slice(row * classes, (row + 1) * classes)),
        ),
      ),
    );
  }

  /** Bars on a logarithmic scale, from a millionth to ten. */
  #showBars(sizes: readonly number[]): void {
    sizes.forEach((size, l) => {
      const row = this.#rows[l];
      if (row === undefined) return;
      const share = size > 0 ? Math.min(1, Math.max(0, (Math.log10(size) + 6) / 7)) : 0;
      row.fill.style.transform = `scaleX(${share.toFixed(3)})`;
      say(row.value, digits(size));
    });
  }

  #showConfusion(counts: Uint32Array, classes: number): void {
    for (let row = 0; row < classes; row++) {
      const all = counts.subarray(row * classes, (row + 1) * classes).reduce((sum, n) => sum + n, 0) || 1;
      for (let column = 0; column < classes; column++) {
        const cell = this.#cells[row * classes + column]!;
        const number = counts[row * classes + column]!;
        say(cell, String(number));
        cell.className = number === 0 ? "none" : row === column ? "right" : "wrong";
        cell.style.setProperty("--share", `${Math.round((number / all) * 48)}%`);
      }
    }
  }
}
