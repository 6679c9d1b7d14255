// Draws the chart's points with Observable Plot. It has a background of its own: the page may be dark or light.

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

const KINDS = {
  bitgrad: ["bitgrad's own", "#7c3aed"],
  plain: ["plain JavaScript", "#b45309"],
  library: ["JavaScript and WebAssembly libraries", "#0369a1"],
  native: ["native: Python, Octave", "#15803d"],
};
const [INK, PALE, PAPER] = ["#1f2328", "#d0d7de", "#ffffff"];
const FONT = "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif";

export function draw(points, caption) {
  const { document } = parseHTML("<!doctype html><body></body>");
  const peers = [...new Set(points.map(({ peer }) => peer))];
  const workloads = [...new Set(points.map(({ workload }) => workload))];
  const speeds = points.map(({ speed }) => speed);
  const [width, height, top, bottom] = [1000, peers.length * 24 + 150, 88, 62];
  const text = (x, y, words, options = "") =>
    `<text x="${x}" y="${y}" fill="${INK}" text-anchor="start" ${options}>${escaped(words)}</text>`;

  const plot = Plot.plot({
    document,
    width,
    height,
    marginTop: top,
    marginBottom: bottom,
    marginLeft: 150,
    marginRight: 16,
    style: { background: PAPER, color: INK, fontFamily: FONT, fontSize: "12px" },
    x: {
      type: "log",
      domain: [Math.min(...speeds) / 4, Math.max(1, ...speeds) * 2],
      label: null,
      ticks: [1e-3, 1e-1],
      tickFormat: (value) => `1/${Math.round(1 / value).toLocaleString("en")}`,
    },
    y: { domain: peers, label: null, tickSize: 0 },
    fx: { domain: workloads, label: null, padding: 0.06, axis: "top" },
    color: { domain: Object.keys(KINDS), range: Object.values(KINDS).map(([, color]) => color) },
    marks: [
      Plot.gridX({ stroke: PALE, strokeOpacity: 1, ticks: [1e-4, 1e-3, 1e-2, 0.1] }),
      Plot.ruleX([1], { stroke: INK, strokeWidth: 1.5 }),
      Plot.ruleY(points, { fx: "workload", y: "peer", x1: "speed", x2: 1, stroke: "kind", strokeWidth: 2 }),
      Plot.dot(points, {
        fx: "workload",
        y: "peer",
        x: "speed",
        r: 4,
        stroke: "kind",
        strokeWidth: 1.5,
        fill: ({ differs, kind }) => (differs ? PAPER : KINDS[kind][1]),
      }),
    ],
  });
  const parts = [
    `<rect width="${width}" height="${height}" fill="${PAPER}"/>`,
    text(
      16,
      26,
      "Training speed relative to bitgrad in f32 (the black line); left of it is slower, right of it faster",
      'font-size="16" font-weight="600"',
    ),
    ...legend(text),
    text(
      16,
      height - 14,
      `${caption}. Logarithmic; best variant of each peer. Hollow: trains another way, see the notes.`,
      'font-size="11"',
    ),
  ];
  plot.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const svg = plot.outerHTML;
  const start = svg.indexOf(">") + 1;
  return `${svg.slice(0, start)}${parts.join("")}${svg.slice(start)}\n`;
}

function legend(text) {
  let x = 16;
  return Object.values(KINDS).flatMap(([name, color]) => {
    const parts = [`<circle cx="${x + 5}" cy="46" r="5" fill="${color}"/>`, text(x + 16, 50, name)];
    x += 40 + name.length * 6.4;
    return parts;
  });
}

function escaped(words) {
  return words.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
