// The lab's programs for Node, as a user has them: a file in a folder of its own, beside the built package.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digitsAsCSV } from "../../examples/lab/data/digits.ts";
import { digestOf } from "../../examples/lab/data/tables.ts";
import { programOf } from "../../examples/lab/program.ts";
import { type DataRecipe, defaultRecipe, FEATURES, type Recipe, SHAPES, SURFACES } from "../../examples/lab/recipe.ts";
import { PARTS, Watched } from "./trainer.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bitgrad-program-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/bitgrad"), "dir");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CSV = `sqm,city,name,"the ""kind"""\n${Array.from({ length: 90 }, (_, n) => {
  return `${n % 11 === 0 ? "" : 40 + ((n * 37) % 90)},${["Bonn", "Ulm", "Mainz"][n % 3]},No. ${n},${"abc"[(n * n) % 3]}`;
}).join("\n")}\n`;
const table = (target: string, task: "classes" | "numbers", csv = CSV): DataRecipe => ({
  kind: "table",
  csv,
  target,
  task,
  name: "own/homes 1.csv",
});
const file: DataRecipe = {
  kind: "file",
  sha256: digestOf(new TextEncoder().encode(CSV)),
  bytes: CSV.length,
  target: 'the "kind"',
  task: "classes",
  name: "homes 2.csv",
};
const points: DataRecipe = {
  kind: "points",
  task: "numbers",
  points: Array.from({ length: 40 }, (_, n) => [(n % 9) - 4, (n % 7) - 3, ((n % 5) - 2) / 2] as const),
};

function changed(
  recipe: Recipe,
  network: Partial<Recipe["network"]>,
  training: Partial<Recipe["training"]> = {},
): Recipe {
  return { ...recipe, network: { ...recipe.network, ...network }, training: { ...recipe.training, ...training } };
}

const every = { ...defaultRecipe("spirals"), features: FEATURES };
const RECIPES: Record<string, Recipe> = {
  ...Object.fromEntries([...SHAPES, ...SURFACES].map((kind) => [kind, defaultRecipe(kind)])),
  "every feature, in f64, a large seed": changed(
    { ...every, data: { kind: "spirals", rows: 200, noise: 0.3, seed: 2 ** 45 + 3 } },
    { dtype: "f64", seed: 2 ** 40 },
  ),
  "every kind of layer": changed(
    defaultRecipe("moons"),
    {
      hidden: [
        { type: "batchNormalization", momentum: 0.9 },
        { units: 8, activation: "elu", alpha: 0.5, initializer: { type: "normal", mean: 0, deviation: 0.3 }, l2: 0.01 },
        { type: "dropout", rate: 0.2 },
        { units: 5, activation: "linear", dropout: 0.1 },
        { type: "layerNormalization" },
        { type: "activation", activation: "gelu" },
      ],
    },
    { schedule: { type: "cosine", epochs: 6, warmup: 1 }, shuffle: false, validation: 0 },
  ),
  "a plateau of the validation loss": changed(
    defaultRecipe("xor"),
    { loss: "mse", output: "tanh" },
    {
      schedule: { type: "plateau", monitor: "validationLoss", patience: 0, threshold: 0.5 },
    },
  ),
  "a plateau of the accuracy": changed(
    defaultRecipe("xor"),
    { optimizer: { type: "sgd", momentum: 0.9, nesterov: true } },
    {
      schedule: { type: "plateau", monitor: "accuracy", patience: 0, threshold: 0.5 },
    },
  ),
  "a softmax of two classes": changed(defaultRecipe("gauss"), {
    loss: { type: "categoricalCrossEntropy", labelSmoothing: 0.1 },
  }),
  "a sum of squares of numbers": changed(defaultRecipe("plane"), {
    loss: "sse",
    optimizer: { type: "sgd", learningRate: 0.001 },
  }),
  "a sum of squares of classes": changed(defaultRecipe("circles"), {
    loss: "sse",
    optimizer: { type: "sgd", learningRate: 0.01 },
  }),
  "too few rows to look at": {
    ...changed(defaultRecipe("xor"), {}, { validation: 0.01 }),
    data: { kind: "xor", rows: 50, noise: 0, seed: 1 },
  },
  irises: defaultRecipe("iris"),
  "irises with a column for each class": changed(defaultRecipe("iris"), { loss: "mse", output: "sigmoid" }),
  digits: defaultRecipe({ kind: "digits", rows: 400 }),
  "digits with a column for each": changed(defaultRecipe({ kind: "digits", rows: 200 }), {
    loss: "categoricalCrossEntropy",
  }),
  points: defaultRecipe(points),
  "a table's classes": defaultRecipe(table('the "kind"', "classes")),
  "a table's classes with a column for each": changed(defaultRecipe(table('the "kind"', "classes")), { loss: "mse" }),
  "a table's two classes": defaultRecipe(table("b", "classes", "__proto__,b\nx,1\ny,0\nx,1\nx,0\n")),
  "a table's numbers": defaultRecipe(table("sqm", "numbers", CSV.replaceAll("\n,", "\n61,"))),
  "a file": defaultRecipe(file),
};

const EPOCHS = 4;

async function trained(recipe: Recipe) {
  const trainer = new Watched();
  const bytes = new TextEncoder().encode(CSV);
  const known = await trainer.load(recipe, {}, recipe.data.kind === "file" ? bytes : undefined);
  const { digest } = await trainer.train(EPOCHS);
  trainer.close();
  return { known, digest };
}

describe("a program prints the lab's digest", () => {
  test.each(Object.keys(RECIPES))("%s", async (name) => {
    const recipe = RECIPES[name]!;
    const { known, digest } = await trained(recipe);
    const { text, file } = programOf(recipe, known, EPOCHS, digest);
    const place = join(folder, `${name.replace(/\W/g, "-")}.mts`);
    writeFileSync(place, text);
    if (file !== undefined) {
      expect(file).toMatch(/^(digits|homes [12])\.csv$/);
      const csv =
        recipe.data.kind === "table"
          ? recipe.data.csv
          : recipe.data.kind === "digits"
            ? digitsAsCSV(PARTS.digits!)
            : CSV;
      writeFileSync(join(folder, file), csv);
    }
    const { stdout, stderr } = spawnSync(process.execPath, ["--import", import.meta.resolve("tsx"), place], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(stdout).toBe(`${digest}\n`);
    expect(text).toContain(`// ${digest}`);
  });

  test("and TypeScript finds nothing in it", () => {
    const options = {
      strict: true,
      noUncheckedIndexedAccess: true,
      target: "es2022",
      module: "nodenext",
      noEmit: true,
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
      skipLibCheck: true,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["*.mts"] }));
    const found = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], {
      encoding: "utf8",
    });
    expect(found.stdout).toBe("");
    expect(found.status).toBe(0);
  });
});
