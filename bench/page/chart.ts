// wasm : plain JS of every row, on a logarithmic axis: to the right of 1× WebAssembly is ahead, to the left plain JavaScript.
// Rows that are still to come have their place already, so that nothing moves while the benchmark runs.

import * as Plot from "@observablehq/plot";
import type { PlannedRow, Row } from "../rows.ts";
import { type Ratio, ratioOf, times } from "./ratios.ts";

interface Bar extends Ratio {
  readonly group: string;
  readonly dtype: string;
  readonly text: string;
}

const BAND = 20; // pixels of a bar and the space around it
const GAP = 22; // between the bars of two names
const NARROW = 560;
const TICKS = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32, 64, 128];

/** What the bars of both dtypes have in common, the name and below it the shape, and the dtype. */
function placeOf(label: readonly string[]): { group: string; dtype: string } {
  const [name, shape] = label;
  return { group: `${name}\n${shape}`, dtype: label.at(-1)! };
}

export function drawChart(planned: readonly PlannedRow[], rows: readonly Row[], width: number): Element {
  const narrow = width < NARROW;
  const places = planned.map(({ label }) => placeOf(label));
  const groups = [...new Set(places.map(({ group }) => group))];
  const dtypes = [...new Set(places.map(({ dtype }) => dtype))];
  const bars: Bar[] = rows.map((row) => {
    const found = ratioOf(row);
    const ahead = narrow ? " JS" : " plain JS ahead";
    return { ...placeOf(row.label), ...found, text: `${times(found.ratio)}${found.ratio < 1 ? ahead : ""}` };
  });
  const ratios = bars.map(({ ratio }) => ratio);
  // a single round of a disturbed machine may be far away: its line ends at the edge
  const domain = [
    Math.min(narrow ? 0.7 : 0.5, Math.min(...ratios) / 1.3),
    Math.max(narrow ? 8 : 16, Math.max(...ratios) * 1.2),
  ];
  const inside = (ratio: number) => Math.min(domain[1]!, Math.max(domain[0]!, ratio));
  const all = TICKS.filter((tick) => inside(tick) === tick);
  const ticks = narrow && all.length > 5 ? all.filter((tick) => Number.isInteger(Math.log2(tick) / 2)) : all;
  const marginLeft = narrow ? 146 : 190;
  const facetHeight = dtypes.length * BAND + GAP;

  const axis = (anchor: "top" | "bottom") =>
    Plot.axisX(ticks, {
      anchor,
      tickFormat: (tick: number) => (tick < 1 ? `1/${1 / tick}` : `${tick}×`),
      tickSize: 0,
      fill: "var(--faint)",
    });
  const label = (line: 0 | 1, options: Plot.TextOptions) =>
    Plot.text(groups, {
      fy: (group: string) => group,
      text: (group: string) => group.split("\n")[line]!,
      frameAnchor: "left",
      textAnchor: "start",
      dx: -marginLeft,
      fontSize: narrow ? 11 : 12,
      ...options,
    });
  const place = { fy: "group", y: "dtype" } as const;
  const sides = [
    { ahead: bars.filter(({ ratio }) => ratio >= 1), fill: "var(--wasm)", ink: "var(--ink)" },
    { ahead: bars.filter(({ ratio }) => ratio < 1), fill: "var(--plain)", ink: "var(--plain-ink)" },
  ];
  return Plot.plot({
    width,
    height: groups.length * facetHeight + 52,
    marginLeft,
    marginRight: narrow ? 50 : 60,
    marginTop: 26,
    marginBottom: 26,
    className: "chart",
    x: { type: "log", base: 2, domain, label: null },
    y: { domain: dtypes, label: null, paddingInner: 0, paddingOuter: GAP / 2 / BAND },
    fy: { domain: groups, axis: null, padding: 0 },
    marks: [
      axis("top"),
      axis("bottom"),
      Plot.gridX(ticks, { stroke: "var(--line)", strokeOpacity: 1 }),
      Plot.axisY({ tickSize: 0, fill: "var(--faint)" }),
      label(0, { dy: -7, fontWeight: 600 }),
      label(1, { dy: 8, fill: "var(--faint)" }),
      ...sides.flatMap(({ ahead, fill, ink }) => [
        Plot.barX(ahead, { ...place, x1: 1, x2: "ratio", fill, insetTop: 1, insetBottom: 1 }),
        Plot.ruleY(ahead, {
          ...place,
          x1: ({ low }: Bar) => inside(low),
          x2: ({ high }: Bar) => inside(high),
          stroke: "var(--ink)",
          strokeWidth: 1.5,
        }),
        // where plain JS is ahead there is room on the other side
        Plot.text(ahead, {
          ...place,
          x: ({ high }: Bar) => Math.max(1, inside(high)),
          text: "text",
          textAnchor: "start",
          dx: 6,
          fontWeight: 600,
          fill: ink,
        }),
      ]),
      Plot.ruleX([1], { stroke: "var(--ink)", strokeWidth: 2 }),
    ],
  });
}
