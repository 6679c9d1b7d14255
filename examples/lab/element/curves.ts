// The curves of the loss and of the score, for training and validation, of one training or of two.

import uPlot from "uplot";
import { metricName } from "./bar.ts";
import type { Theme } from "./colors.ts";
import type { Context, Part } from "./context.ts";
import { digits, h } from "./dom.ts";
import { newest, type Run, type Series, thin } from "./run.ts";
import css from "./styles/uplot.css";

const MOST = 700; // points of a curve; a screen shows no more
const HEIGHT = 190;

type Key = "loss" | "metric";

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

export class Curves implements Part {
  readonly root: HTMLElement;
  readonly #context: Context;
  readonly #charts: readonly { readonly key: Key; readonly place: HTMLElement; readonly title: HTMLElement }[];
  #plots: uPlot[] = [];
  #key = "";
  #width = 0;
  #log = false;

  constructor(context: Context) {
    this.#context = context;
    const make = (key: Key, name: string) => {
      const title = h("h3", {}, name);
      return { key, title, place: h("div", { class: "chart" }) };
    };
    this.#charts = [make("loss", "Loss"), make("metric", "Score")];
    const log = h("input", { type: "checkbox" });
    log.addEventListener("change", () => {
      this.#log = log.checked;
      this.#key = "";
      this.draw();
    });
    const logLabel = h("label", { class: "inline" }, log, "Logarithmic");
    this.root = h(
      "div",
      { class: "charts" },
      ...this.#charts.map(({ key, title, place }) =>
        h("div", {}, h("div", { class: "row apart" }, title, key === "loss" && logLabel), place),
      ),
    );
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry!.contentRect.width);
      if (width === this.#width) return;
      this.#width = width;
      this.draw();
    }).observe(this.#charts[0]!.place);
  }

  draw(): void {
    if (this.#width < 50) return;
    const { run, other, theme } = this.#context;
    const key = `${theme.isDark} ${this.#log} ${other !== undefined} ${run.loaded?.metric} ${run.loaded?.rows.validation}`;
    if (key !== this.#key) {
      this.#key = key;
      const shadow = this.root.getRootNode() as ShadowRoot;
      if (!shadow.adoptedStyleSheets.includes(sheet)) {
        shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, sheet];
      }
      this.#charts[1]!.title.textContent = metricName(run.loaded?.metric ?? "Score");
      for (const plot of this.#plots) plot.destroy();
      this.#plots = this.#charts.map((chart) => this.#plot(chart, theme, run, other !== undefined));
    }
    this.#charts.forEach(({ key: what, place }, k) => {
      const plot = this.#plots[k]!;
      if (plot.width !== this.#width) plot.setSize({ width: this.#width, height: HEIGHT });
      plot.setData(dataOf(what, run, other));
      const last = run.series.epochs.length - 1;
      const isPointedAt = plot.cursor.idx !== null && plot.cursor.idx !== undefined;
      if (!isPointedAt && last >= 0) plot.setLegend({ idx: plot.data[0].length - 1 });
      if (!run.running) {
        const name = what === "loss" ? "Loss" : metricName(run.loaded?.metric ?? "Score");
        place.setAttribute("role", "img");
        place.setAttribute("aria-label", last < 0 ? `${name}: nothing yet` : words(name, run.series, what));
      }
    });
  }

  #plot({ key, place }: { key: Key; place: HTMLElement }, theme: Theme, run: Run, isTwo: boolean): uPlot {
    const axis = {
      stroke: theme.faint,
      grid: { stroke: theme.line, width: 1 },
      ticks: { show: false },
      font: "11px system-ui, sans-serif",
    };
    const hasValidation = (run.loaded?.rows.validation ?? 0) > 0;
    const lines = [
      { label: isTwo ? "A" : "training", stroke: theme.blue, width: 2 },
      { label: isTwo ? "A, validation" : "validation", stroke: theme.orange, width: 2, show: hasValidation },
      ...(isTwo
        ? [
            { label: "B", stroke: theme.blue, width: 2, dash: [6, 4] },
            { label: "B, validation", stroke: theme.orange, width: 2, dash: [6, 4], show: hasValidation },
          ]
        : []),
    ];
    const isLog = this.#log && key === "loss";
    const options: uPlot.Options = {
      width: this.#width,
      height: HEIGHT,
      pxAlign: 1,
      cursor: { y: false, points: { size: 7 } },
      legend: { live: true },
      scales: {
        x: { time: false },
        y: isLog ? { distr: 3 } : { range: (_, low, high) => rangeOfAxis(key, low, high) },
      },
      series: [
        { label: "Epoch", value: (_, value) => (value === null || value === undefined ? "–" : String(value)) },
        ...lines.map((line) => ({
          ...line,
          points: { show: false },
          spanGaps: true,
          value: (_: uPlot, value: number | null) => (value === null || value === undefined ? "–" : digits(value)),
        })),
      ],
      axes: [
        { ...axis, size: 28 },
        { ...axis, size: 48, values: (_, splits) => splits.map((value) => (value === null ? "" : short(value))) },
      ],
    };
    place.replaceChildren();
    return new uPlot(options, dataOf(key, run, isTwo ? this.#context.other : undefined), place);
  }
}

const short = (value: number) => String(Number(value.toPrecision(3)));

function rangeOfAxis(key: Key, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  if (key === "loss") return [0, high === 0 ? 1 : high * 1.05];
  const [from, to] = [Math.max(low, -1), Math.max(high, 0)];
  const space = Math.max(0.02, (to - from) * 0.08);
  return [from - space, Math.min(to + space, to <= 1 ? 1.005 : Number.POSITIVE_INFINITY)];
}

/** The lines of one or of two trainings over the same epochs. */
function dataOf(key: Key, run: Run, other: Run | undefined): uPlot.AlignedData {
  const own = columns(run.series, key);
  if (other === undefined) return own;
  return uPlot.join([own, columns(other.series, key)]);
}

function columns(series: Series, key: Key): uPlot.AlignedData {
  const list = key === "loss" ? [series.loss, series.validationLoss] : [series.metric, series.validationMetric];
  const gaps = (values: readonly number[]) => values.map((value) => (Number.isFinite(value) ? value : null));
  return [thin(series.epochs, MOST), ...list.map((values) => gaps(thin(values, MOST)))] as uPlot.AlignedData;
}

function words(name: string, series: Series, key: Key): string {
  const [training, validation] =
    key === "loss" ? [series.loss, series.validationLoss] : [series.metric, series.validationMetric];
  const last = series.epochs.length - 1;
  const first = (values: readonly number[]) => values.find((value) => !Number.isNaN(value)) ?? Number.NaN;
  const of = (values: readonly number[]) => `from ${digits(first(values))} to ${digits(newest(values))}`;
  const seen = Number.isNaN(newest(validation)) ? "" : `, in validation ${of(validation)}`;
  return `${name} over ${series.epochs[last]} epochs: ${of(training)}${seen}`;
}
