// The examples as a newcomer runs them: as programs, by their exit status and what they print.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const command = (example: string, args: string[]) => ["--import", "tsx", `examples/${example}`, ...args];

function run(example: string, ...args: string[]) {
  return spawnSync(process.execPath, command(example, args), { cwd: root, encoding: "utf8" });
}

/** The numbers in the line that `start` begins, blanks before it aside. */
function numbers(text: string, start: string): number[] {
  const line = text.split("\n").find((candidate) => candidate.trimStart().startsWith(start));
  expect(line, `a line that starts with "${start}"`).toBeDefined();
  const rest = line!.trimStart().slice(start.length);
  return (rest.match(/-?\d+(\.\d+)?(e[+-]?\d+)?/g) ?? []).map(Number);
}

function digests(text: string): string[] {
  return text.match(/\b[0-9a-f]{64}\b/g) ?? [];
}

describe("perceptron", () => {
  const { status, stdout, stderr } = run("perceptron/main.ts");

  test("its formulas meet their finite differences", () => {
    expect(stderr).toBe("");
    expect(status).toBe(0); // 1 where one is more than 1e-9 off
    for (const block of ["∂E/∂A =", "∂A/∂Z =", "∂Z/∂W =", "∂Z/∂b =", "∂E/∂W =", "∂E/∂b ="])
      expect(stdout).toContain(block);
  });

  test("the finite difference decides between A − Y and ½ (A − Y)", () => {
    const right = numbers(stdout, "½ (2a − 2y)")[0]!;
    const wrong = numbers(stdout, "½ (a − y)")[0]!;
    const difference = numbers(stdout, "difference")[0]!;
    expect(right).toBeCloseTo(difference, 8);
    expect(Math.abs(wrong - difference)).toBeGreaterThan(0.1);
  });

  test("it learns the OR gate", () => {
    expect(numbers(stdout, "before").map(Math.round)).not.toEqual([0, 1, 1, 1]);
    expect(numbers(stdout, "after").map(Math.round)).toEqual([0, 1, 1, 1]);
  });
});

test("xor learns its truth table, with the same bits on both engines", () => {
  const { status, stdout, stderr } = run("xor/main.ts");
  expect(stderr).toBe("");
  expect(status).toBe(0);
  for (const [inputs, target] of [
    ["0 0", 0],
    ["0 1", 1],
    ["1 0", 1],
    ["1 1", 0],
  ] as const) {
    const [shown, output] = numbers(stdout, inputs);
    expect(shown).toBe(target);
    expect(Math.abs(output! - target)).toBeLessThan(0.1);
  }
  const [wasm, reference] = digests(stdout);
  expect(wasm).toBeDefined();
  expect(reference).toBe(wasm);
});

test("digits reaches 95 %, with the same bits on both engines, and draws no bars without a terminal", () => {
  const { status, stdout, stderr } = run("digits/main.ts");
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(numbers(stdout, "test accuracy:")[0]).toBeGreaterThanOrEqual(95);
  const [wasm, reference] = digests(stdout);
  expect(wasm).toBeDefined();
  expect(reference).toBe(wasm);
  expect(stdout).not.toContain("\u001b");
});

test("pole: 100 new episodes last 475 of 500 steps or more, and the digest is that of every platform", () => {
  const { status, stdout, stderr } = run("pole/main.ts");
  expect(stderr).toBe("");
  expect(numbers(stdout, "100 new episodes:")[0]).toBeGreaterThanOrEqual(475);
  expect(status).toBe(0); // 1 where the digest is another
  const [wasm, reference] = ["wasm", "reference"].map((engine) => {
    return digests(run("pole/main.ts", "--updates", "2", "--engine", engine).stdout)[0];
  });
  expect(wasm).toBeDefined();
  expect(reference).toBe(wasm);
});

test("quantiles: PyTorch's losses and parameters, to rounding", () => {
  const { status, stdout, stderr } = run("quantiles/main.ts");
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(numbers(stdout, "largest difference:")[0]).toBeLessThan(1e-10);
  const [loss, wanted] = numbers(stdout, "60 ");
  expect(loss).toBeGreaterThan(0);
  expect(wanted).toBe(loss);
});

test("saliency: the pixels that the map names are those that count", () => {
  const { status, stdout, stderr } = run("digits/saliency.ts");
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(numbers(stdout, "right of 359:")[0]).toBeGreaterThan(95);
  expect(numbers(stdout, "without the 8 pixels that count most:")[0]).toBeLessThan(20);
  expect(numbers(stdout, "without any 8:")[0]).toBeGreaterThan(80);
  expect(stdout).toContain("the same bits");
});

describe("mnist", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "bitgrad-mnist-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const idx = (magic: number, dimensions: number[], bytes: Uint8Array) => {
    const header = new DataView(new ArrayBuffer(4 + 4 * dimensions.length));
    [magic, ...dimensions].forEach((value, n) => header.setUint32(4 * n, value));
    return Buffer.concat([new Uint8Array(header.buffer), bytes]);
  };
  const put = (name: string, content: Uint8Array) => writeFileSync(join(folder, name), content);
  const pixels = Uint8Array.from({ length: 20 * 784 }, (_, n) => (n * 31) % 256);
  const labels = Uint8Array.from({ length: 20 }, (_, s) => s % 10);

  test("says which files are missing and where they can be had", () => {
    const { status, stderr } = run("mnist/main.ts", folder);
    expect(status).toBe(1);
    for (const part of [
      folder,
      "train-images-idx3-ubyte",
      "t10k-labels-idx1-ubyte",
      "MNIST database of handwritten digits",
    ]) {
      expect(stderr).toContain(part);
    }
    expect(stderr).not.toContain("    at "); // a message, no stack
  });

  test("trains on files of the right form, gzipped or not", () => {
    put("train-images-idx3-ubyte", idx(0x803, [20, 28, 28], pixels));
    put("train-labels-idx1-ubyte", idx(0x801, [20], labels));
    put("t10k-images-idx3-ubyte.gz", gzipSync(idx(0x803, [20, 28, 28], pixels)));
    put("t10k-labels-idx1-ubyte.gz", gzipSync(idx(0x801, [20], labels)));
    const results = ["wasm", "reference"].map((engine) => {
      return run("mnist/main.ts", folder, "--epochs", "2", "--layers", "5,10", "--engine", engine);
    });
    for (const { status, stdout, stderr } of results) {
      expect(stderr).toBe("");
      expect(status).toBe(0);
      expect(numbers(stdout, "2 ")).toHaveLength(2); // loss and accuracy of epoch 2
    }
    const [wasm, reference] = results.map(({ stdout }) => digests(stdout)[0]);
    expect(wasm).toBeDefined();
    expect(reference).toBe(wasm);
  });

  test.each([
    ["a wrong magic number", idx(0x801, [20, 28, 28], pixels), "0x00000803 is expected"],
    ["images of another size", idx(0x803, [20, 14, 56], pixels), "28 × 28 is expected"],
    ["a missing tail", idx(0x803, [20, 28, 28], pixels.subarray(1)), "asks for 15696"],
    ["no whole header", new Uint8Array(7), "its header alone takes 16"],
    ["more images than labels", idx(0x803, [21, 28, 28], new Uint8Array(21 * 784)), "20 labels; 21 images"],
  ])("refuses %s", (_, images, message) => {
    put("train-images-idx3-ubyte", images);
    put("train-labels-idx1-ubyte", idx(0x801, [20], labels));
    const { status, stderr } = run("mnist/main.ts", folder);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});
