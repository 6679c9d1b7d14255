// bitgrad train, predict and inspect as processes: what they print and write, in Node, Deno and Bun.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { MLPClassifier, MLPRegressor } from "bitgrad/estimators";
import { parseCSV, readTable, sampleCSV, trainTestSplit } from "bitgrad/tables";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { skippedWithout } from "../needs.ts";
import { bun, CLI, deno, NODE, run } from "../support/command.ts";

const root = mkdtempSync(join(tmpdir(), "bitgrad-cli-"));
afterAll(() => rmSync(root, { recursive: true }));

/** 60 rows: the label says whether a is above b, the price is 3a − 2b, and the town makes no difference. */
const rows = Array.from({ length: 60 }, (_, i) => {
  const [a, b] = [(i * 7) % 11, (i * 5) % 13];
  return { a, b, town: ["Bonn", "Ulm"][i % 2]!, label: a > b ? "more" : "less", price: 3 * a - 2 * b + 0.5 };
});
const csvOf = (delimiter: string, comma: string) =>
  [
    ["a", "b", "town", "label", "price"],
    ...rows.map((row) => Object.values(row).map((cell) => String(cell).replace(".", comma))),
  ]
    .map((cells) => cells.join(delimiter))
    .join("\n");
const CSV = csvOf(",", ".");
const FAST = ["--epochs", "20", "--hidden", "8"];

let cwd = "";
let count = 0;
beforeEach(() => {
  cwd = join(root, String(count++));
  mkdirSync(cwd);
  writeFileSync(join(cwd, "homes.csv"), CSV);
});

const node = (args: readonly string[], input?: string | Uint8Array) =>
  run(NODE, args, { cwd, ...(input !== undefined && { input }) });
const written = (name: string) => readFileSync(join(cwd, name));
const digestIn = (text: string) => /digest ([0-9a-f]{64})/.exec(text)?.[1];
const json = async (...args: string[]) => {
  const ended = await node([...args, "--json"]);
  expect(ended).toMatchObject({ status: 0, stderr: "" });
  return JSON.parse(ended.stdout);
};
const TRAIN = ["train", "homes.csv", "--target", "label", "--drop", "price", ...FAST];

describe("train", () => {
  it("scores rows held out, draws the curve, and writes one file that the library loads", async () => {
    const { status, stdout, stderr } = await node(TRAIN);
    expect(stderr).toBe(""); // no bar without a terminal
    expect(status).toBe(0);
    expect(stdout).toContain(
      "homes.csv: 60 rows, 3 columns to learn from\n  standard     a, b\n  oneHot       town\n" +
        "classification: label has 2 different texts",
    );
    expect(stdout).toMatch(/\ntraining loss, epoch 1 to 20\n +\d\.\d+ [┤┼]/); // without colors a chart for each
    expect(stdout).toMatch(/\nvalidation loss, epoch 1 to 20, best \d+\n +\d\.\d+ [┤┼]/);
    expect(stdout).toMatch(/on 12 test rows\n {2}accuracy +[01]\.\d{4}\n/);
    expect(stdout).toMatch(/│ true ↓ predicted → │ less │ more │/);
    expect(stdout).toMatch(/precision +recall +f1-score +support/);
    expect(stdout).not.toContain("\u001b");
    expect(readdirSync(cwd).sort()).toEqual(["homes.csv", "model.safetensors"]);
    const model = await MLPClassifier.load(written("model.safetensors"));
    expect(model.classes).toEqual(["less", "more"]);
    expect(digestIn(stdout)).toBe(model.digest());
  });

  it("prints JSON alone, whose confusion matrix and accuracy are those of the rows held out", async () => {
    const { scores, held, task, digest, output } = await json(...TRAIN);
    const [{ confusion, metrics, classes, report }] = scores;
    expect({ held, task, classes, output }).toEqual({
      held: 12,
      task: "classification",
      classes: ["less", "more"],
      output: "model.safetensors",
    });
    expect(confusion.flat().reduce((sum: number, n: number) => sum + n)).toBe(12);
    expect(metrics.accuracy).toBeCloseTo((confusion[0][0] + confusion[1][1]) / 12, 12);
    const supports = report.classes.map(({ support }: { support: number }) => support);
    const share = rows.filter(({ label }) => label === "less").length / rows.length;
    expect(supports[0]).toBe(Math.round(12 * share)); // stratified
    expect(digest).toBe((await MLPClassifier.load(written(output))).digest());
    const { stdout } = await node([...TRAIN, "--json", "--force"]);
    expect(stdout).toMatch(/\n {4}"loss": \[\d[\d.,e-]+\],\n/); // in one line
  });

  it("learns numbers, and finds a straight line", async () => {
    const { task, reason, scores } = await json("train", "homes.csv", "--target", "price", "--drop", "label,town");
    expect({ task, reason }).toEqual({
      task: "regression",
      reason: `price has ${new Set(rows.map(({ price }) => price)).size} different numbers`,
    });
    expect(scores[0].metrics.r2).toBeGreaterThan(0.98);
    expect(await MLPRegressor.load(written("model.safetensors"))).toBeInstanceOf(MLPRegressor);
  });

  it("one seed decides everything, whatever computes, and another gives another model", async () => {
    const digests = [];
    for (const more of [[], ["--engine", "reference"], ["--threads", "2"], ["--seed", "0"], ["--seed", "1"]]) {
      digests.push((await json(...TRAIN, ...more, "--force")).digest);
    }
    expect(new Set(digests.slice(0, 4)).size).toBe(1);
    expect(digests[4]).not.toBe(digests[0]);
  });

  it("cross-validates, and then learns from all rows", async () => {
    const { scores, folds, held } = await json(...TRAIN, "--cv", "3");
    const { mean, standardDeviation, folds: values } = scores[0].crossValidation.accuracy;
    expect({ folds, held, length: values.length }).toEqual({ folds: 3, held: 0, length: 3 });
    expect(mean).toBeCloseTo((values[0] + values[1] + values[2]) / 3, 12);
    expect(standardDeviation).toBeCloseTo(
      Math.hypot(...values.map((value: number) => value - mean)) / Math.sqrt(3),
      12,
    );
    expect(scores[0].confusion.flat().reduce((sum: number, n: number) => sum + n)).toBe(60); // each row once
    const model = new MLPClassifier({ epochs: 20, hidden: [8] });
    const { label, price: _, ...inputs } = parseCSV(CSV);
    await model.fit(inputs, label!);
    expect(digestIn((await node([...TRAIN, "--cv", "3", "--force"])).stdout)).toBe(model.digest());
  });

  it("predicts several targets", async () => {
    const { scores } = await json("train", "homes.csv", "--target", "label,town", ...FAST);
    expect(scores.map(({ target }: { target: string }) => target)).toEqual(["label", "town"]);
    expect(scores[1].classes).toEqual(["Bonn", "Ulm"]);
    const { stdout } = await node(["predict", "model.safetensors", "homes.csv", "--probabilities"]);
    expect(stdout.split("\n")[0]).toBe("label,town,label_less,label_more,town_Bonn,town_Ulm");
    expect(stdout.trimEnd().split("\n").length).toBe(61);
  });

  it("reads standard input, gzip, semicolons and decimal commas, to the same digest", async () => {
    const { digest } = await json(...TRAIN);
    const [, , ...rest] = TRAIN;
    const other = csvOf(";", ",").replaceAll("\n", "\r\n");
    writeFileSync(join(cwd, "other.csv"), gzipSync(`\ufeff${other}\r\n`));
    const piped = await node(["train", "-", ...rest, "--force"], CSV);
    const packed = await node(["train", "-", ...rest, "--force"], gzipSync(CSV));
    const commas = await node(["train", "other.csv", ...rest, "--decimal-comma", "--force"]);
    expect([piped, packed, commas].map(({ stdout }) => digestIn(stdout))).toEqual([digest, digest, digest]);
  });

  it("takes tables without names, whose labels are whole numbers in order", async () => {
    writeFileSync(join(cwd, "bare.csv"), rows.map(({ a, b }) => `${a},${b},${a > b ? 10 : 9}`).join("\n"));
    const { scores } = await json("train", "bare.csv", "--no-header", "--target", "2", ...FAST);
    expect(scores[0].classes).toEqual([9, 10]); // by value, not as texts
    const all = await node(["predict", "model.safetensors", "bare.csv", "--no-header"]);
    const inputs = await node(["predict", "model.safetensors", "-", "--no-header"], "0,9\n9,0");
    expect(all.stdout).toMatch(/^2\n(?:(?:9|10)\n){60}$/);
    expect(inputs.stdout).toBe("2\n9\n10\n");
  });

  it("writes the model to standard output, and what it says beside", async () => {
    const model = await new Promise<Buffer>((resolve, reject) => {
      const child = spawn(process.execPath, [CLI, ...TRAIN, "--output", "-"], {
        cwd,
        stdio: ["ignore", "pipe", "ignore"],
      });
      const chunks: Buffer[] = [];
      child.stdout.on("data", (chunk) => chunks.push(chunk));
      child.on("error", reject);
      child.on("close", () => resolve(Buffer.concat(chunks)));
    });
    expect((await MLPClassifier.load(model)).classes).toEqual(["less", "more"]);
    expect(readdirSync(cwd)).toEqual(["homes.csv"]);
  });

  it("replaces the file that is named, and that of the default name with --force alone", async () => {
    writeFileSync(join(cwd, "model.safetensors"), "mine");
    const refused = await node(TRAIN);
    expect(refused).toMatchObject({ status: 2, stdout: "" });
    expect(refused.stderr).toContain("model.safetensors exists; --force replaces it, and --output names another file");
    expect(written("model.safetensors").toString()).toBe("mine");
    for (const more of [["--force"], ["--output", "model.safetensors"]]) {
      writeFileSync(join(cwd, "model.safetensors"), "mine");
      expect((await node([...TRAIN, ...more])).status).toBe(0);
      expect(written("model.safetensors").length).toBeGreaterThan(1000);
    }
  });

  /** A training that does not end by itself; a signal that comes before it listens ends it at once. */
  async function interrupted(...more: string[]): Promise<string> {
    const forever = ["train", "homes.csv", "--target", "label", "--epochs", "100000000", ...more];
    const said: string[] = [];
    let status: number | null = null;
    for (let wait = 500; status === null; wait *= 2) {
      const child = spawn(process.execPath, [CLI, ...forever], { cwd, stdio: "pipe" });
      child.stderr.on("data", (chunk) => said.push(String(chunk)));
      setTimeout(() => child.kill("SIGINT"), wait);
      [status] = await once(child, "close");
    }
    expect(status).toBe(130);
    return said.join("");
  }

  it("ends after its epoch when it is interrupted, and writes what was learned", async () => {
    expect(await interrupted()).toContain(
      "Interrupted: the training ends after this epoch, and what was learned is written.",
    );
    expect((await MLPClassifier.load(written("model.safetensors"))).classes).toEqual(["less", "more"]);
  });

  it("ends a cross-validation when it is interrupted, and says that it writes no model", async () => {
    const said = await interrupted("--cv", "3");
    expect(said).toContain("Interrupted: the cross-validation ends after this epoch, and no model is written.");
    expect(said).toContain("0 of 3 folds were finished, and no model was written.");
    expect(readdirSync(cwd)).toEqual(["homes.csv"]);
  });

  it("takes the options of the estimators, with the bits of the library", async () => {
    const network = { hidden: [6], activation: "tanh", initializer: "orthogonal", dtype: "f64" } as const;
    const steps = { epochs: 7, batchSize: 10, learningRate: 0.02, beta2: 0.99, schedule: "cosine", seed: 5 } as const;
    const penalties = { l2: 0.5, dropout: 0.1, labelSmoothing: 0.1, classWeights: [1, 3], validationSplit: 0.3 };
    const table = { numbers: "minMax", unseen: "column", missing: "median" } as const;
    const { digest } = await json(
      ...["train", "homes.csv", "--target", "label", "--drop", "price", "--test", "0", "--hidden", "6"],
      ...["--activation", "tanh", "--epochs", "7", "--batch-size", "10", "--learning-rate", "0.02", "--beta2", "0.99"],
      ...[
        "--schedule",
        "cosine",
        "--l2",
        "0.5",
        "--dropout",
        "0.1",
        "--label-smoothing",
        "0.1",
        "--class-weights",
        "1,3",
      ],
      ...["--validation-split", "0.3", "--numbers", "minMax", "--unseen", "column", "--missing-cells", "median"],
      ...["--dtype", "f64", "--initializer", "orthogonal", "--seed", "5", "--kinds", "b=robust,town=ordinal"],
    );
    const model = new MLPClassifier({
      ...network,
      ...steps,
      ...penalties,
      ...table,
      columns: { b: "robust", town: "ordinal" },
    });
    const { label, price: _, ...inputs } = parseCSV(CSV);
    expect((await model.fit(inputs, label!)).digest()).toBe(digest);
    const balanced = await json(...TRAIN, "--class-weights", "balanced", "--force");
    expect(balanced.digest).not.toBe((await json(...TRAIN, "--force")).digest);
  });

  it("holds out the rows of the library's split", async () => {
    const { held, digest } = await json(...TRAIN, "--test", "0.3", "--seed", "4");
    const { price: _, ...table } = parseCSV(CSV);
    const { training, test } = trainTestSplit(60, { test: 0.3, seed: 4, stratify: table.label! });
    expect(held).toBe(test.length);
    const model = new MLPClassifier({ epochs: 20, hidden: [8], seed: 4 });
    expect((await model.fit(readTable(table).take(training), "label")).digest()).toBe(digest);
  });

  it("learns from a sample of rows, which the library draws", async () => {
    const { rows, digest } = await json(...TRAIN, "--sample", "40", "--seed", "3", "--test", "0");
    expect(rows).toBe(40);
    const { label, price: _, ...inputs } = await sampleCSV([CSV], 40, { seed: 3 });
    const model = new MLPClassifier({ epochs: 20, hidden: [8], seed: 3 });
    expect((await model.fit(inputs, label!)).digest()).toBe(digest);
  });
});

describe("predict", () => {
  beforeEach(async () => {
    expect((await node(TRAIN)).status).toBe(0);
  });

  it("writes what the library predicts, with probabilities", async () => {
    const model = await MLPClassifier.load(written("model.safetensors"));
    const table = parseCSV(CSV);
    const labels = model.predict(table);
    const probabilities = model.predictProbabilities(table) as number[][];
    const { stdout, status } = await node(["predict", "model.safetensors", "homes.csv", "--probabilities"]);
    const lines = labels.map((label, s) => [label, ...probabilities[s]!].join(","));
    expect(stdout).toBe(`${["label,label_less,label_more", ...lines].join("\n")}\n`);
    expect(status).toBe(0);
  });

  it("writes a file, in gzip by its name, and reads a model in gzip", async () => {
    writeFileSync(join(cwd, "model.gz"), gzipSync(written("model.safetensors")));
    const { stdout } = await node(["predict", "model.safetensors", "homes.csv"]);
    expect((await node(["predict", "model.gz", "homes.csv", "-o", "out.csv.gz"])).status).toBe(0);
    expect(gunzipSync(written("out.csv.gz")).toString()).toBe(stdout);
    expect(readdirSync(cwd).filter((name) => name.includes("tmp"))).toEqual([]);
  });

  it.each([
    ["--probabilities of numbers", ["homes.csv", "--probabilities"], 2, "predicts numbers, not classes"],
    ["a column that is missing", ["-"], 1, 'standard input: table has no column "b"'],
  ])("refuses %s", async (_, args, status, message) => {
    if (status === 2) await node(["train", "homes.csv", "--target", "price", ...FAST, "--force"]);
    const ended = await node(["predict", "model.safetensors", ...args], "a,town\n1,Bonn");
    expect(ended.stderr).toContain(message);
    expect(ended).toMatchObject({ status, stdout: "" });
  });
});

describe("predict, of a table that comes in parts", () => {
  it("predicts all rows, names the line of a cell, and leaves no half of a file", async () => {
    expect((await node(["train", "homes.csv", "--target", "price", "--drop", "label,town", ...FAST])).status).toBe(0);
    const many = ["a,b", ...Array.from({ length: 25_000 }, (_, n) => `${n % 11},${n % 13}`)];
    const { stdout } = await node(["predict", "model.safetensors", "-"], many.join("\n"));
    const model = await MLPRegressor.load(written("model.safetensors"));
    expect(stdout).toBe(`price\n${model.predict(parseCSV(many.join("\n"))).join("\n")}\n`);
    many[20_001] = "x,1"; // line 20,002
    const refused = await node(["predict", "model.safetensors", "-", "-o", "out.csv"], many.join("\n"));
    expect(refused.stderr).toContain('column "a", row 0 (line 20002) is "x"; a finite number is expected');
    expect(refused.status).toBe(1);
    expect(readdirSync(cwd).sort()).toEqual(["homes.csv", "model.safetensors"]);
  });
});

describe("inspect", () => {
  it("says that a table is no model", async () => {
    const refused = await node(["inspect", "homes.csv"]);
    expect(refused.stderr).toMatch(/^bitgrad: homes\.csv: the file is not in the safetensors format: /);
    expect(refused).toMatchObject({ status: 1, stdout: "" });
  });

  it("says what is in it", async () => {
    const { digest } = await json(...TRAIN);
    const contents = await json("inspect", "model.safetensors");
    expect(contents).toMatchObject({ task: "classification", digest, parameters: 4 * 8 + 8 + 8 * 2 + 2 });
    expect(contents.columns.map(({ name, kind }: { name: string; kind: string }) => [name, kind])).toEqual([
      ["a", "standard"],
      ["b", "standard"],
      ["town", "oneHot"],
    ]);
    expect(contents.targets[0].categories).toEqual(["less", "more"]);
    const { stdout } = await node(["inspect", "model.safetensors"]);
    expect(stdout).toContain("layers       4 → 8 relu → 2 softmax");
    expect(stdout).toContain(digest);
    expect(stdout).toMatch(/│ town +│ oneHot +│ Bonn, Ulm/);
  });
});

describe.each([
  { name: "Deno", without: await skippedWithout("deno"), command: deno() },
  { name: "Bun", without: await skippedWithout("bun"), command: bun() },
])("$name", ({ without, command }) => {
  it.skipIf(without)("has the digest, the scores and the predictions of Node", async () => {
    const { output: _, ...ofNode } = await json(...TRAIN);
    const { stdout, stderr, status } = await run(command, [...TRAIN, "--json", "--output", "theirs"], { cwd });
    expect(stderr).toBe("");
    const { output, ...theirs } = JSON.parse(stdout);
    expect(output).toBe("theirs");
    expect(theirs).toEqual(ofNode);
    expect(status).toBe(0);
    expect(written("theirs")).toEqual(written("model.safetensors"));
    const predict = ["predict", "theirs", "-", "--probabilities"];
    const input = gzipSync(CSV);
    expect((await run(command, predict, { cwd, input })).stdout).toBe((await node(predict, input)).stdout);
    expect(await run(command, ["predict", "nothing", "-"], { cwd, input })).toMatchObject({ status: 1, stdout: "" });
    expect(existsSync(join(cwd, "nothing"))).toBe(false);
  });
});
