// Node in-process against the committed digests: every case on every engine, none missing and none left over.

import * as bitgrad from "bitgrad";
import * as reference from "bitgrad/reference";
import { describe, expect, it } from "vitest";
import { cases, digestOf } from "../../bindings/verify/cases.ts";
import json from "../../bindings/verify/golden.json" with { type: "json" };
import { someOf } from "../support/slow.ts";
import { withThreads } from "./suite.ts";

const golden: Record<string, string> = json;

// test/runtimes runs the reference by its own entry, too
const SUITES = [
  { entry: "bitgrad", library: bitgrad, engine: "wasm" },
  { entry: "bitgrad/threads", library: withThreads(3), engine: "wasm" },
  { entry: "bitgrad", library: bitgrad, engine: "reference" },
  { entry: "bitgrad/reference", library: reference, engine: "reference" },
] as const;

describe.each(someOf(SUITES, ({ entry }) => entry !== "bitgrad/reference"))(
  "$entry, $engine",
  ({ library, engine }) => {
    const all = [...cases(library, engine)];

    it("has the names that golden.json has", () => {
      expect(all.map(({ name }) => name)).toEqual(Object.keys(golden));
    });

    it.each(all)("$name", async ({ name, compute }) => {
      expect(digestOf(await compute())).toBe(golden[name]);
    });
  },
);

it("leaves the same parameters whichever way a training is run", () => {
  for (const dtype of ["f32", "f64"]) {
    const training = `training ${dtype} shuffled 16-32-8`;
    for (const way of ["fit twice", "fitAsync", "save and load"]) {
      expect(golden[`${training}, ${way}`]).toBe(golden[`${training}, fit`]);
    }
  }
});

it("leaves the same parameters with compressed rows, and with a stream in the order of the array", () => {
  const ways = Object.keys(golden).filter(
    (name) => /(compressed|streamed)$/.test(name) && !name.includes("a buffer of"),
  );
  expect(ways).toHaveLength(2 * 11);
  for (const name of ways) {
    const [whole] = ["fit", "epoch by epoch"]
      .map((way) => golden[name.replace(/(compressed|streamed)$/, way)])
      .filter(Boolean);
    expect(golden[name], name).toBe(whole);
  }
});

it("gives every other case a digest of its own", () => {
  const repeats = /(by hand|fit twice|fitAsync|save and load|compressed|streamed)$/;
  const digests = Object.entries(golden).filter(([name]) => !repeats.test(name));
  expect(new Set(digests.map(([, digest]) => digest)).size).toBe(digests.length);
});
