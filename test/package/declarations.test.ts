// The declarations as they are published. What they miss, such as documentation, stops the build:
// bindings/declarations.ts.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../support/repository.ts";

const read = (name: string) => readFileSync(join(root, "dist", name), "utf8");
const types = read("types.d.ts");

it("has one bundle, a list of names for each entry, and the same for CommonJS", () => {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const entries = Object.values<{ types?: string }>(exports).flatMap(
    ({ types }) => types?.replace("./dist/", "") ?? [],
  );
  expect(entries.length).toBeGreaterThan(5);
  const written = (folder: string) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".d.ts") && !/^(cjs|bitgrad)\b/.test(name),
    );
  expect(written("dist").sort()).toEqual(["globals.d.ts", "types.d.ts", ...entries].sort());
  expect(written("dist/cjs").sort()).toEqual(written("dist").sort());
  for (const entry of entries) {
    // the names of bitgrad/tfjs are other things than those of the others: it has its own
    if (entry === "tfjs.d.ts") expect(read(entry)).not.toMatch(/^(import|export .* from) /m);
    else
      expect(read(entry), entry).toMatch(/^export (\{\n( {2}(type )?\w+,\n)+\}|\*) from "\.\/(types|index)\.js";\n$/);
    expect(read(join("cjs", entry))).toBe(read(entry));
  }
});

it("JSR gets the same version and entries, with their declarations", () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const { version, exports } = JSON.parse(readFileSync(join(root, "jsr.json"), "utf8"));
  expect(version).toBe(manifest.version);
  const targets = Object.entries<{ default?: string }>(manifest.exports).filter(([, { default: file }]) => file);
  const entries = targets.map(([name, { default: file }]) => [name, file]).filter(([name]) => name !== "./verify");
  expect(exports).toEqual(Object.fromEntries(entries)); // verify imports "bitgrad", which JSR has not
  for (const file of Object.values<string>(exports)) {
    const types = file.replace("/dist", "").replace(".js", ".d.ts");
    expect(readFileSync(join(root, file), "utf8")).toMatch(`/* @ts-self-types="${types}" */\n`);
  }
});

it("names Network and Operations with their documentation, and nothing internal", () => {
  expect(types).toMatch(/\*\/\nexport declare class Network extends SteppedNetwork \{/);
  expect(types).toMatch(/\*\/\nexport declare class Operations extends BlockOperations \{/);
  expect(types).not.toMatch(/@internal|\bBase[A-Z]|_base\b|declare const (?!METRICS)/);
});

it("says what is thrown in one style: an error a line, with its condition", () => {
  const lines = types.match(/@throws .*/g)!;
  expect(lines.length).toBeGreaterThan(30);
  const style =
    /^@throws (\w+Error if .*|`signal\.reason` if .*|what (`\w+(\.\w+)?`(, | and )?)+ throws?|what the file system throws)$/;
  expect(lines.filter((line) => !style.test(line))).toEqual([]);
  expect(types.match(/@throws .*\.$/gm)).toBeNull();
});
