// Programs for TensorFlow.js, packages from npm among them, with the import of "@tensorflow/tfjs" led to bitgrad/tfjs.
// With the same first weights and rows in order they compute the same; elsewhere the result is as good.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { skippedWithout } from "../needs.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const built = process.env.BITGRAD_GUARDS === "1" ? "dist-guards" : "dist";
const folder = mkdtempSync(join(tmpdir(), "bitgrad-programs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Result = Readonly<Record<string, number | boolean | readonly number[] | readonly string[]>>;
type Both = { readonly theirs: Result; readonly ours: Result };

/** What a program returns with TensorFlow.js, and what with bitgrad/tfjs. */
async function both(name: string, options: object = {}): Promise<Both> {
  const program = `import { run } from "./${name}.mjs";
    run(${JSON.stringify(options)}).then((result) => process.stdout.write("\\n" + JSON.stringify(result), () => process.exit()));`;
  const results: Result[] = [];
  for (const library of ["@tensorflow/tfjs", join(root, built, "tfjs.js")]) {
    const outfile = join(folder, `${name}-${results.length}.cjs`);
    await build({
      stdin: { contents: program, resolveDir: join(root, "test/tfjs/programs") },
      nodePaths: [join(root, "bench/peers/node_modules")],
      alias: { "@tensorflow/tfjs": library },
      bundle: true,
      platform: "node",
      format: "cjs",
      logLevel: "error",
      outfile,
    });
    const printed = execFileSync(process.execPath, [outfile], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    results.push(JSON.parse(printed.split("\n").at(-1)!) as Result);
  }
  const [theirs, ours] = results as [Result, Result];
  return { theirs, ours };
}

/** Numbers that agree to rounding: relative to the largest of both lists. */
function expectClose(ours: unknown, theirs: unknown, tolerance: number): void {
  const [a, b] = [ours, theirs] as [readonly number[], readonly number[]];
  expect(b.length).toBeGreaterThan(0);
  expect(a.length).toBe(b.length);
  const scale = Math.max(...b.map(Math.abs));
  const apart = a.map((value, n) => Math.abs(value - b[n]!) / scale);
  expect(Math.max(...apart)).toBeLessThan(tolerance);
}

describe.skipIf(await skippedWithout("peers"))("a classifier of gestures like micro:bit CreateAI's", () => {
  it("computes the same from the same weights, saved and loaded on the way", async () => {
    const { theirs, ours } = await both("gestures", { isSeeded: true });
    for (const name of ["losses", "accuracies", "predictions"]) expectClose(ours[name], theirs[name], 1e-5);
    expect(ours).toMatchObject({ progress: 1, isSame: true, score: theirs.score });
  });

  it("is as good from its own", async () => {
    const { theirs, ours } = await both("gestures", { isSeeded: false });
    expect(theirs.score).toBeGreaterThan(0.9);
    expect(ours.score).toBeGreaterThan(0.9);
  });
});

describe.skipIf(await skippedWithout("peers"))("the first tutorial's regression on one column", () => {
  it("computes the same from the same weights", async () => {
    const { theirs, ours } = await both("first-tutorial", { isSeeded: true });
    for (const name of ["losses", "errors", "horsepower", "predictions"]) expectClose(ours[name], theirs[name], 1e-5);
    expect(ours.epochs).toEqual(theirs.epochs);
  });

  it("is as good from its own", async () => {
    const { theirs, ours } = await both("first-tutorial", { isSeeded: false });
    const last = ({ losses }: Result) => (losses as number[]).at(-1)!;
    expect(last(theirs)).toBeLessThan(0.03);
    expect(last(ours)).toBeLessThan(0.03);
  });
});

describe.skipIf(await skippedWithout("peers"))("packages from npm", () => {
  it("@teachablemachine/image trains its head on a network that it loads, and computes the same", async () => {
    const { theirs, ours } = await both("teachable-image");
    for (const name of ["losses", "accuracies", "validationLosses", "predictions"]) {
      expectClose(ours[name], theirs[name], 1e-5);
    }
    const { layers, classes, validation, named } = theirs;
    expect(ours).toMatchObject({ layers, classes, validation, named });
    expect(named).toEqual(["bright above", "bright below", "checkered"]);
  });

  it("@teachablemachine/pose, whose head has dropout, is as good", async () => {
    const { theirs, ours } = await both("teachable-pose");
    for (const { losses, accuracies, names, total, score } of [theirs, ours]) {
      expect((losses as number[]).length).toBe(30);
      expect((losses as number[]).at(-1)).toBeLessThan(0.02);
      expect((accuracies as number[]).at(-1)).toBe(1);
      expect(names).toEqual(["sitting", "standing"]);
      expect(total).toBeCloseTo(1, 5);
      expect(score).toBe(1);
    }
  });

  describe("scikitjs, with its setBackend", () => {
    type Parts = Readonly<Record<string, Result>>;
    let theirs: Parts;
    let ours: Parts;
    beforeAll(async () => {
      const results = await both("scikit");
      theirs = results.theirs as unknown as Parts;
      ours = results.ours as unknown as Parts;
    });

    // from first weights of chance, with rows in an order of chance, until the error no longer falls
    it.each(["linear", "ridge", "lasso"])("finds the same %s regression", (name) => {
      expectClose(ours[name]!.coefficients, theirs[name]!.coefficients, 0.02);
      expect(ours[name]!.score as number).toBeCloseTo(theirs[name]!.score as number, 2);
    });

    it.each(["binary", "ternary"])("computes the same %s logistic regression, from zeros", (name) => {
      for (const what of ["losses", "coefficients", "probabilities"]) {
        expectClose(ours[name]![what], theirs[name]![what], 1e-5);
      }
      expect(ours[name]!.predictions).toEqual(theirs[name]!.predictions);
      expect(ours[name]!.score).toBe(theirs[name]!.score);
    });
  });
});
