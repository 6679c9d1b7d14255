// docs/from-tensorflow.md says what bitgrad/tfjs has and what it hasn't.

import * as tf from "bitgrad/tfjs";
import { expect, it } from "vitest";
import * as missing from "../../bindings/tfjs/missing.ts";
import { skippedWithout } from "../needs.ts";
import { textOf } from "../package/markdown.ts";
import { tensorflow } from "./peer.ts";

const [, there = "", notThere = ""] =
  /## What is there\n([\s\S]*?)## What is not there\n([\s\S]*?)\n## /.exec(textOf("docs/from-tensorflow.md")) ?? [];

/** Every function, class and list, and what is in the lists. */
function namesIn(library: object): string[] {
  return Object.entries(library).flatMap(([name, value]) =>
    typeof value === "object" ? [name, ...Object.keys(value as object)] : name,
  );
}

const wordsIn = (text: string) => new Set(text.match(/[\w-]+/g));

it("names everything that is there, and everything that throws", () => {
  const isThere = namesIn(tf).filter((name) => !(name in missing));
  expect(isThere.filter((name) => !wordsIn(there).has(name) && !name.startsWith("tfjs"))).toEqual([]);
  expect(Object.keys(missing).filter((name) => !wordsIn(notThere).has(name))).toEqual([]);
});

it.skipIf(await skippedWithout("peers"))("names as missing what TensorFlow.js has, and what throws here", async () => {
  const theirs = await tensorflow();
  const names = [...notThere.matchAll(/`tf\.([\w.]+)`/g)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(50);
  const valueIn = (library: object, path: string) =>
    path.split(".").reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], library);
  for (const name of names) {
    const value = valueIn(theirs, name);
    expect(value, `tf.${name} of TensorFlow.js`).toBeDefined();
    const member = typeof value === "object" ? Object.keys(value as object)[0] : undefined;
    const path = member === undefined ? name : `${name}.${member}`;
    expect(() => (valueIn(tf, path) as () => void)(), path).toThrow(`tf.${path} is not in bitgrad/tfjs`);
  }
});
