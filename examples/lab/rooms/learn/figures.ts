// The pictures of the lessons, which the library computes when the site is built: they need no script.

import { Network, Operations } from "bitgrad";
import { dataOf } from "../../data/sets.ts";
import { defaultRecipe, type Recipe } from "../../recipe.ts";
import { networkOf, rowsOf } from "../../trainer/network.ts";
import { RECIPES } from "./recipes.ts";

export interface Figures {
  readonly [name: string]: string;
}

/** What pages write as {figure NAME}, {digest NAME} and so on. `digits` is what packDigits returned. */
export function drawFigures(digits: string): Figures {
  return { ...start(), ...perceptron(), ...exclusiveOr(), ...sums(), ...ofDigits(digits), ...overFitting() };
}

function svg(label: string, width: number, height: number, parts: readonly string[]): string {
  const made = `<svg class="figure${width > 600 ? " wide" : ""}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}">${parts.join("")}</svg>`;
  // what scrolls must be reached without a mouse
  return width > 600
    ? `<div class="scroll" role="region" tabindex="0" aria-label="A wide picture">${made}</div>`
    : made;
}

/** Squares, those that look the same as one path. */
function squares(size: number, all: readonly { x: number; y: number; className: string; opacity: number }[]): string[] {
  const paths = new Map<string, string>();
  for (const { x, y, className, opacity } of all) {
    const look = `class="${className}" opacity="${(Math.round(opacity * 20) / 20).toFixed(2)}"`;
    paths.set(look, `${paths.get(look) ?? ""}M${x} ${y}h${size}v${size}h-${size}z`);
  }
  return [...paths].map(([look, d]) => `<path ${look} d="${d}" />`);
}

/** What a network of one output answers in side × side squares of the plane. */
function answersOf(net: Network, { side, from, to, size, left = 0, top = 0, strength = 1 }: Area): string[] {
  const rows = plane(side, from, to);
  const cells = net.predict(rows).map(([answer], n) => ({
    x: left + size * (n % side),
    y: top + size * Math.floor(n / side),
    className: answer! >= 0.5 ? "positive" : "negative",
    opacity: strength * Math.min(1, 2 * Math.abs(answer! - 0.5)),
  }));
  return squares(size, cells);
}

interface Area {
  readonly side: number;
  readonly from: number;
  readonly to: number;
  readonly size: number;
  readonly left?: number;
  readonly top?: number;
  readonly strength?: number;
}

const text = (x: number, y: number, content: string, more = "") => `<text x="${x}" y="${y}"${more}>${content}</text>`;
const MIDDLE = ' text-anchor="middle"';
const shown = (value: number) => value.toFixed(3).replace("-", "−");

/** Two spirals and what the lab's network for them answers, as on the start page. */
function start(): Figures {
  const recipe = defaultRecipe("spirals");
  const { net, data } = trained(recipe, 1000);
  const at = (value: number) => ((value + 6) * 480) / 12;
  const cells = answersOf(net, { side: 48, from: -2, to: 2, size: 10, strength: 0.4 }); // the network gets thirds
  const points = Array.from({ length: data.rows }, (_, n) => {
    const [a, b, label] = data.points!.subarray(3 * n, 3 * n + 3);
    return `<circle class="${label === 1 ? "positive" : "negative"}" cx="${at(a!).toFixed(1)}" cy="${(480 - at(b!)).toFixed(1)}" r="4" />`;
  });
  const label = "Two spirals of points, and the areas that a network took for each after 1,000 epochs.";
  return { "figure start": svg(label, 480, 480, [...cells, ...points]), "digest start": net.digest() };
}

/** The chain of one sample, with its numbers. */
function perceptron(): Figures {
  const op = Operations.createSync();
  const shape = { rows: 1, inputs: 2, units: 1 };
  const [x, w, b, y] = [[1, 0.5], [0.8, -0.6], [0.1], [1]].map((list) => new Float64Array(list)) as Float64Array[];
  const z = op.forward(x!, w!, b!, shape);
  const a = op.sigmoid(z);
  const [dEdA, dAdZ] = [op.sseGradient(a, y!)[0]!, op.sigmoidDerivative(a)[0]!];
  const boxes = [
    ["X, W, b", "1, 0.5"],
    ["Z", shown(z[0]!)],
    ["A", shown(a[0]!)],
    ["E", shown(op.sseError(a, y!, shape))],
  ] as const;
  const forward = ["XW + b", "σ(Z)", "½ (A − Y)²"];
  const back = ["∂Z/∂W = X", `∂A/∂Z = ${shown(dAdZ)}`, `∂E/∂A = ${shown(dEdA)}`];
  const parts = boxes.flatMap(([name, value], n) => {
    const left = 10 + 175 * n;
    return [
      `<rect class="box" x="${left}" y="50" width="80" height="56" rx="8" />`,
      text(left + 40, 74, name, `${MIDDLE} class="strong"`),
      text(left + 40, 95, value, MIDDLE),
    ];
  });
  const arrows = forward.flatMap((label, n) => {
    const [from, to] = [94 + 175 * n, 181 + 175 * n];
    return [
      `<path class="arrow" d="M${from} 68 H${to - 4} m-7 -5 l7 5 l-7 5" />`,
      text((from + to) / 2, 36, label, MIDDLE),
      `<path class="arrow back" d="M${to} 92 H${from + 4} m7 -5 l-7 5 l7 5" />`,
      text((from + to) / 2, 130, back[n]!, `${MIDDLE} class="back"`),
    ];
  });
  const label = `From X, W and b to Z = ${shown(z[0]!)}, to A = ${shown(a[0]!)}, to E; and back: ${back.join(", ")}.`;
  return { "figure perceptron": svg(label, 625, 145, [...parts, ...arrows]) };
}

/** What a network answers in the plane, before and after. */
function exclusiveOr(): Figures {
  const x = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const y = [0, 1, 1, 0];
  const net = Network.createSync({
    inputs: 2,
    layers: [{ units: 3, activation: "tanh" }, { units: 1 }],
    loss: "binaryCrossEntropy",
    optimizer: { type: "adam", learningRate: 0.01 },
    seed: 1,
  });
  const picture = (left: number, title: string) => {
    const cells = answersOf(net, { side: 24, from: -0.25, to: 1.25, size: 10, left, top: 30 });
    const points = x.map(([a, b], n) => {
      const [cx, cy] = [left + 160 * (a! + 0.25), 30 + 160 * (1.25 - b!)];
      return `<circle class="point ${y[n] === 1 ? "positive" : "negative"}" cx="${cx}" cy="${cy}" r="8" />`;
    });
    return [text(left + 120, 20, title, MIDDLE), ...cells, ...points];
  };
  const before = picture(0, "before");
  net.fit(x, y, { epochs: 2000, batchSize: 4 });
  const answers = net.predict(x).map(([answer]) => shown(answer!));
  const label = `After training the answers are ${answers.join(", ")} for the four points; 0, 1, 1, 0 are right.`;
  return {
    "figure exclusiveOr": svg(label, 500, 275, [...before, ...picture(260, "after 2,000 epochs")]),
    "digest exclusiveOr": net.digest(),
  };
}

/** Centers of side × side cells, rows from the top. */
function plane(side: number, from: number, to: number): [number, number][] {
  const at = (n: number) => from + ((to - from) * (n + 0.5)) / side;
  return Array.from({ length: side * side }, (_, n) => [at(n % side), at(side - 1 - Math.floor(n / side))]);
}

/** The bits of two sums of the same three numbers. */
function sums(): Figures {
  const bitsOf = (value: number) => {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value);
    return view.getBigUint64(0).toString(2).padStart(64, "0");
  };
  const both = [
    ["(0.1 + 0.2) + 0.3", bitsOf(0.1 + 0.2 + 0.3)],
    ["0.1 + (0.2 + 0.3)", bitsOf(0.1 + (0.2 + 0.3))],
  ] as const;
  const parts = both.flatMap(([name, bits], row) => [
    text(0, 22 + 80 * row, name),
    ...[...bits].map((bit, n) => {
      const differs = bit !== both[1 - row]![1][n];
      const [left, top] = [20 * (n % 32), 30 + 80 * row + 20 * Math.floor(n / 32)];
      return `<rect class="bit${bit === "1" ? " one" : ""}${differs ? " differs" : ""}" x="${left + 1}" y="${top}" width="17" height="17" rx="2" />`;
    }),
  ]);
  const differing = [...both[0][1]].filter((bit, n) => bit !== both[1][1][n]).length;
  return {
    "figure sums": svg(`${differing} of 64 bits differ between the two sums; they are orange.`, 640, 160, parts),
  };
}

/** A recipe's training, as the lab trains it. */
function trained(recipe: Recipe, epochs: number, parts = {}) {
  const data = dataOf(recipe, { op: Operations.createSync(), parts });
  const options = networkOf(recipe, data);
  const net = Network.createSync(options);
  const training = rowsOf(data, options, 0, data.training);
  const held = rowsOf(data, options, data.training, data.rows);
  const { batchSize } = recipe.training;
  const history = net.fit(training.x, training.y, { epochs, batchSize, validation: [held.x, held.y] });
  return { net, data, held, history };
}

/** Ten digits that were held back, and the network's answers. */
function ofDigits(packed: string): Figures {
  const { net, data, held } = trained(RECIPES.digits, 20, { digits: packed });
  const answers = Array.from({ length: held.rows }, (_, n) => {
    const pixels = data.x.subarray(64 * (data.training + n), 64 * (data.training + n + 1));
    const outputs = net.predict([pixels])[0]!;
    const digit = outputs.indexOf(Math.max(...outputs));
    return { pixels, digit, sure: outputs[digit]!, right: digit === data.y[data.training + n] };
  });
  const right = answers.filter(({ right }) => right).length;
  const ten = Array.from({ length: 10 }, (_, digit) => answers.find((one) => one.digit === digit)!);
  const parts = ten.flatMap(({ pixels, digit, sure }, n) => {
    const [left, top] = [128 * (n % 5), 135 * Math.floor(n / 5)];
    return [
      `<rect class="frame" x="${left}" y="${top}" width="96" height="96" />`,
      ...squares(
        12,
        Array.from(pixels, (opacity, p) => {
          return { x: left + 12 * (p % 8), y: top + 12 * Math.floor(p / 8), className: "ink", opacity };
        }).filter(({ opacity }) => opacity > 0),
      ),
      text(left + 48, top + 116, `${digit}, ${(100 * sure).toFixed(0)} % sure`, MIDDLE),
    ];
  });
  return {
    "figure digits": svg("Ten handwritten digits, 0 to 9, and how sure the network is of each.", 608, 260, parts),
    "accuracy digits": ((100 * right) / held.rows).toFixed(1),
  };
}

/** Both losses of a training that learns noise. */
function overFitting(): Figures {
  const epochs = 300;
  const { history } = trained(RECIPES.overFitted, epochs);
  const [loss, held] = [history.loss, history.validationLoss!];
  const least = held.indexOf(Math.min(...held));
  const [width, height] = [600, 220];
  const most = Math.max(...loss, ...held);
  const at = (epoch: number) => 40 + ((width - 60) * epoch) / epochs;
  const top = (value: number) => 10 + (height - 50) * (1 - value / most);
  const line = (values: readonly number[]) =>
    values.map((v, n) => `${at(n + 1).toFixed(1)},${top(v).toFixed(1)}`).join(" ");
  const parts = [
    `<path class="axis-line" d="M40 10 V${height - 40} H${width - 20}" />`,
    text(36, top(most) + 5, most.toFixed(1), ' text-anchor="end"'),
    text(36, top(0) + 5, "0", ' text-anchor="end"'),
    text(at(epochs), height - 22, `${epochs} epochs`, ' text-anchor="end"'),
    `<path class="mark" d="M${at(least + 1).toFixed(1)} 10 V${height - 40}" />`,
    text(at(least + 1) + 5, 22, `epoch ${least + 1}`),
    `<polyline class="curve positive" points="${line(loss)}" />`,
    `<polyline class="curve negative" points="${line(held)}" />`,
    text(width - 22, top(loss.at(-1)!) - 8, "points it learns from", ' text-anchor="end"'),
    text(width - 22, top(held.at(-1)!) + 22, "points kept back", ' text-anchor="end"'),
  ];
  const label = `The loss of the points it learns from falls to ${shown(loss.at(-1)!)}. That of the points kept back falls until epoch ${least + 1}, then rises to ${shown(held.at(-1)!)}.`;
  return { "figure overFitting": svg(label, width, height, parts), "epoch overFitting": `${least + 1}` };
}
