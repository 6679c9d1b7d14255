// A training as a program for Node: what the lab does, in a few lines of the public API, to the same bits.

import { IRIS_TEXT } from "./data/iris.ts";
import { type DataRecipe, type Feature, isPlane, type Recipe, taskOf } from "./recipe.ts";
import { factsOf, usualOutput } from "./rules.ts";

/** What a program needs to know of the data that were loaded. */
export interface Known {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Columns of a table that were left out. */
  readonly dropped?: readonly string[];
  readonly rows: { readonly validation: number };
}

export interface Program {
  readonly text: string;
  /** The file that it reads, which has to be beside it. */
  readonly file?: string;
}

/** The program of a recipe, which prints the digest after so many epochs. */
export function programOf(recipe: Recipe, known: Known, epochs: number, digest = ""): Program {
  const facts = factsOf(recipe, taskOf(recipe.data), known.outputs.length);
  const isOneHot = facts.task === "classes" && unitsOf(facts) > 1 && facts.loss !== "sparseCategoricalCrossEntropy";
  const { lines, imports, file, isSplit } = dataLines(recipe, known, isOneHot);
  const { hidden, loss, output, optimizer, dtype, seed } = recipe.network;
  const units = facts.task === "numbers" ? 1 : unitsOf(facts);
  const usesOutput = output !== "auto" || (facts.loss === "sse" && usualOutput(facts.loss, facts.task) === "linear");
  const last = { units, ...(usesOutput && { activation: facts.output }) };
  const { batchSize, shuffle, schedule, validation } = recipe.training;
  const isLookedAt = known.rows.validation > 0;
  const monitor = schedule !== "none" && schedule.type === "plateau" ? (schedule.monitor ?? "loss") : "loss";
  const fit = {
    epochs,
    batchSize,
    ...(!shuffle && { shuffle }),
    ...(schedule !== "none" && { schedule }),
    ...(monitor !== "loss" && monitor !== "validationLoss" && { metrics: [monitor] }),
    ...(isLookedAt && !isSplit && { validationSplit: { last: validation } }),
  };
  const network = {
    inputs: known.inputs.length,
    layers: [...hidden, last],
    loss: loss === "auto" ? facts.loss : loss,
    optimizer,
    ...(dtype !== "f32" && { dtype }),
    seed,
  };
  const text = [
    `// The training of the lab, to the same bits: npm install bitgrad tsx && npx tsx train.mts`,
    ...(file === undefined ? [] : [`// It reads ${file}, which has to be in the same folder.`]),
    "",
    ...imports,
    "",
    ...lines,
    "",
    `const net = await Network.create(${literal(network)});`,
    `net.fit(x, y, ${literal(fit, isSplit && isLookedAt ? ["validation"] : [])});`,
    `console.log(net.digest());${digest === "" ? "" : ` // ${digest}`}`,
    "",
  ].join("\n");
  return { text, ...(file !== undefined && { file }) };
}

function unitsOf({ loss, classes }: ReturnType<typeof factsOf>): number {
  return classes === 2 && !loss.startsWith("categorical") && !loss.startsWith("sparse") ? 1 : classes;
}

interface Lines {
  readonly imports: readonly string[];
  readonly lines: readonly string[];
  readonly file?: string;
  /** Whether it has the rows to look at in `validation`; otherwise they are the last of x and y. */
  readonly isSplit?: true;
}

const READ = 'import { readFileSync } from "node:fs";';
const NETWORK = 'import { Network } from "bitgrad";';
const OPERATIONS = 'import { Network, Operations } from "bitgrad";';

function dataLines(recipe: Recipe, known: Known, isOneHot: boolean): Lines {
  const { data } = recipe;
  if (isPlane(data)) return planeLines(recipe, isOneHot);
  if (data.kind === "iris") return { imports: [NETWORK], lines: irisLines(isOneHot) };
  if (data.kind === "digits") {
    return { imports: [READ, NETWORK], lines: digitsLines(data.rows, isOneHot), file: "digits.csv" };
  }
  return tableLines(recipe, data as Extract<DataRecipe, { kind: "table" | "file" }>, known, isOneHot);
}

/** A row of y, of a class in a variable. */
const target = (label: string, classes: number, isOneHot: boolean) =>
  isOneHot ? `Array.from({ length: ${classes} }, (_, kind) => (kind === ${label} ? 1 : 0))` : `[${label}]`;

function irisLines(isOneHot: boolean): string[] {
  return [
    "// R. A. Fisher's irises: sepal length and width, petal length and width in mm, of three kinds by turns",
    `const flowers = \`${IRIS_TEXT}\`.trim().split(/\\s/);`,
    "const mean = [58, 31, 38, 12], deviation = [8, 4, 18, 8];",
    "const x = flowers.map((flower) => mean.map((m, j) => (Number(flower.slice(2 * j, 2 * j + 2)) - m) / deviation[j]!));",
    `const y = flowers.map((_, row) => ${target("row % 3", 3, isOneHot)});`,
  ];
}

function digitsLines(rows: number, isOneHot: boolean): string[] {
  return [
    'const lines = readFileSync("digits.csv", "utf8").trim().split("\\n").map((line) => line.split(",").map(Number));',
    `const digits = lines.slice(0, ${rows});`,
    "const x = digits.map((digit) => digit.slice(0, 64).map((pixel) => pixel / 16));",
    `const y = digits.map((digit) => ${target("digit[64]!", 10, isOneHot)});`,
  ];
}

type Table = Extract<DataRecipe, { kind: "table" | "file" }>;

function tableLines(
  { network, training }: Recipe,
  data: Table,
  { dropped = [], rows }: Known,
  isOneHot: boolean,
): Lines {
  const file = data.name.replace(/^.*[\\/]/, "").replace(/[^\w. -]+/g, "_") || "table.csv";
  const column = JSON.stringify(data.target);
  const isClasses = data.task === "classes";
  const how = { test: training.validation, seed: network.seed };
  const stratify = isClasses ? [`stratify: tableY.column(${column})`] : [];
  const kinds = literal(Object.fromEntries(dropped.map((name) => [name, "drop"])));
  const learned = isClasses ? `tableY, ["${isOneHot ? "oneHot" : "ordinal"}"]` : 'tableY.part(training), ["standard"]';
  const encoded = (rows: string) => `encoder.encode(tableX.take(${rows})), labels.encode(tableY.take(${rows}))`;
  return {
    file,
    isSplit: true,
    imports: [
      READ,
      NETWORK,
      'import { Encoder } from "bitgrad/encoder";',
      'import { parseCSV, readTable, trainTestSplit } from "bitgrad/tables";',
    ],
    lines: [
      `const table = readTable(parseCSV(readFileSync(${JSON.stringify(file)})));`,
      `const [tableX, tableY] = table.split(${column});`,
      `const { training, test } = trainTestSplit(table.rows, ${literal(how, stratify)});`,
      `const encoder = Encoder.learn(tableX.part(training), ${kinds}, { missing: "median", unseen: "none" });`,
      `const labels = Encoder.learn(${learned});`,
      `const [x, y] = [${encoded("training")}];`,
      ...(rows.validation > 0 ? [`const validation = [${encoded("test")}] as const;`] : []),
    ],
  };
}

// the plane

const NORMAL = `const normal = () => {
  const [a, b] = words(); // four numbers of 16 bits, whose sum has nearly the normal distribution
  const sum = Math.floor(a / 65536) + (a % 65536) + Math.floor(b / 65536) + (b % 65536);
  return (sum / 65536 - 2) * 1.7320508075688772;
};`;
const UNIFORM = "const uniform = () => words()[0] / 2 ** 32;";
const SINE = `// not Math.sin, which is not the same everywhere
const sine = (x: number) => {
  const quarters = Math.floor(x / 1.5707963267948966 + 0.5);
  const rest = x - quarters * 1.5707963267341256 - quarters * 6.077100506506192e-11;
  const isCosine = quarters % 2 !== 0;
  let sum = 1;
  for (let n = isCosine ? 16 : 17; n > 1; n -= 2) sum = 1 - ((rest * rest) / (n * (n - 1))) * sum;
  const value = isCosine ? sum : rest * sum;
  return quarters & 2 ? -value : value;
};`;
const AROUND = `const PI = 3.141592653589793;
const around = (r: number, t: number) => [r * sine(t + PI / 2), r * sine(t)] as const;`;
const WITHIN = "const within = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value));";

/** The lines of a shape, which give x1 and x2 of a label. */
const SHAPES: { readonly [kind: string]: string } = {
  circles: `const r = label === 1 ? 2.5 * uniform() : 3.5 + 1.5 * uniform();
  const [x1, x2] = around(r, 2 * PI * uniform());`,
  xor: `const [a, b] = [10 * uniform() - 5, 10 * uniform() - 5];
  const [x1, x2] = [a < 0 ? a - 0.3 : a + 0.3, b < 0 ? b - 0.3 : b + 0.3];
  const label = a < 0 === b < 0 ? 1 : 0;`,
  gauss: `const center = label === 1 ? 2 : -2;
  const [x1, x2] = [center + 0.7 * normal(), center + 0.7 * normal()];`,
  spirals: `const s = uniform();
  const [x1, x2] = around(0.2 + 5 * s, PI * (3.5 * s + label));`,
  moons: `const [a, b] = around(3, PI * uniform());
  const [x1, x2] = label === 1 ? [1.5 - a, 0.75 - b] : [a - 1.5, b - 0.75];`,
};

const SURFACES: { readonly [kind: string]: string } = {
  plane: "(x1 + x2) / 12",
  waves: "sine(x1) * sine(x2 / 2)",
};

const FEATURES: { readonly [name in Feature]: string } = {
  x1: "x1 / 3",
  x2: "x2 / 3",
  "x1²": "(x1 * x1) / 9",
  "x2²": "(x2 * x2) / 9",
  x1x2: "(x1 * x2) / 9",
  "sin x1": "sine(x1)",
  "sin x2": "sine(x2)",
};

function planeLines({ data, features }: Recipe, isOneHot: boolean): Lines {
  const points = data.kind === "points" ? drawnLines(data.points) : shapeLines(data as ShapeData);
  const columns = features.map((name) => FEATURES[name]).join(", ");
  const lines = [
    "const op = Operations.createSync();",
    ...needed([...points, columns].join("\n")),
    ...points,
    `const x = points.map(([x1, x2]) => [${columns}]);`,
    `const y = points.map(([, , label]) => ${target("label", 2, isOneHot)});`,
  ];
  return { imports: [OPERATIONS], lines };
}

type ShapeData = Extract<DataRecipe, { readonly noise: number }>;

function shapeLines({ kind, rows, noise, seed }: ShapeData): string[] {
  const words = [
    "let count = 0;",
    `const words = () => op.threefry([${seed % 2 ** 32}, ${Math.floor(seed / 2 ** 32)}], [count++, 0]);`,
  ];
  const surface = SURFACES[kind];
  if (surface !== undefined) {
    return [
      ...words,
      `const points = Array.from({ length: ${rows} }, () => {`,
      "  const [x1, x2] = [12 * uniform() - 6, 12 * uniform() - 6];",
      `  return [x1, x2, within(${surface} + ${noise} * normal(), 1)] as const;`,
      "});",
    ];
  }
  const shape = SHAPES[kind]!;
  const moved = (name: string) => `within(${name} + 3 * ${noise} * normal(), 6)`;
  return [
    ...words,
    `const points = Array.from({ length: ${rows} }, (_, n) => {`,
    ...(shape.includes("const label") ? [] : ["  const label = n % 2;"]),
    `  ${shape}`,
    `  return [${moved("x1")}, ${moved("x2")}, label] as const;`,
    "});",
  ];
}

function drawnLines(points: readonly (readonly [number, number, number])[]): string[] {
  const rows: string[] = [];
  for (let n = 0; n < points.length; n += 8) {
    rows.push(
      `  ${points
        .slice(n, n + 8)
        .map((point) => `[${point.join(", ")}]`)
        .join(", ")},`,
    );
  }
  return [
    "const drawn: [x1: number, x2: number, label: number][] = [",
    ...rows,
    "];",
    "const points = Array.from(op.shuffle(drawn.length, 0, 0), (row) => drawn[row]!); // those to look at are the last",
  ];
}

/** The functions that some lines call, and those that these call. */
function needed(text: string): string[] {
  const all = { uniform: UNIFORM, normal: NORMAL, within: WITHIN, around: AROUND, sine: SINE };
  const calls = (name: string) => text.includes(`${name}(`) || (name === "sine" && text.includes("around("));
  const names = (Object.keys(all) as (keyof typeof all)[]).filter(calls);
  const order = ["sine", "around", "within", "uniform", "normal"] as const;
  return order.filter((name) => names.includes(name)).map((name) => all[name]);
}

/** A value of JSON as TypeScript has it, in lines of at most 100 columns; `more`: properties to add, as text. */
function literal(value: unknown, more: readonly string[] = [], indent = ""): string {
  const flat = inOneLine(value, more);
  if (flat.length + indent.length <= 100 || typeof value !== "object" || value === null) return flat;
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const lines = Array.isArray(value)
    ? value.map((item) => literal(item, [], inner))
    : [...Object.entries(value).map(([key, item]) => `${keyOf(key)}: ${literal(item, [], inner)}`), ...more];
  return `${open}\n${lines.map((line) => `${inner}${line},\n`).join("")}${indent}${close}`;
}

function inOneLine(value: unknown, more: readonly string[] = []): string {
  if (Array.isArray(value)) return `[${value.map((item) => inOneLine(item)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = [...Object.entries(value).map(([key, item]) => `${keyOf(key)}: ${inOneLine(item)}`), ...more];
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

function keyOf(key: string): string {
  if (key === "__proto__") return '["__proto__"]'; // else it would be the prototype
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}
