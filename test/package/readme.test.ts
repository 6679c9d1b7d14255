// Every block of code in the README, as it stands, in the language that it says, against the packed library.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createProject, root } from "./project.ts";

const project = createProject();
afterAll(() => project.remove());

const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => ({
  language,
  code: code!,
}));
const inLanguage = (language: string) => blocks.filter((block) => block.language === language).map(({ code }) => code);

it("is in languages that are run here", () => {
  expect(readme.match(/^```\w+$/gm)!.length).toBe(blocks.length);
  expect([...new Set(blocks.map(({ language }) => language))].sort()).toEqual(["html", "js", "sh"]);
});

describe("JavaScript", () => {
  const DIGEST = /^[0-9a-f]{64}$/m;
  /** Words of the block, and what it prints. */
  const expected: readonly [string, RegExp][] = [
    ["exclusive or", DIGEST],
    ["export default", /^\{"format":.*\}$/m],
    ["worker: true", /^50 0\.\d+$/m],
    ['threads: "auto"', /^\{ count: \d+/m],
    ["Predictor.load", /^true$/m],
    ["three kinds of flowers", /^\d+ 0\.\d+ 1$/m],
    ["Encoder.learn", /^\[ \[ 'rose' \] \]$/m],
    ["readNetwork", /^$/],
  ];
  const scripts = inLanguage("js");
  const asker = [
    'import worker from "./block.mjs";',
    "const body = JSON.stringify({ x: [[0, 0], [0, 1]], y: [[0], [1]] });",
    'const response = await worker.fetch(new Request("http://localhost/", { method: "POST", body }));',
    "console.log(await response.text());",
  ];

  it.each(expected)("%s", (words, output) => {
    const [code, ...others] = scripts.filter((script) => script.includes(words));
    expect(others).toEqual([]);
    const isWorker = code!.includes("export default");
    const run = () => project.script("block.mjs", [code!]) + (isWorker ? project.script("ask.mjs", asker) : "");
    expect(run()).toMatch(output);
    expect(run()).toMatch(output); // a file that the first run left changes nothing
  });

  it("has no block besides", () => expect(scripts.length).toBe(expected.length));

  it("is right by the types, too", () => {
    const files = scripts.map((code, index) => {
      const name = `checked-${index}.mjs`;
      writeFileSync(join(project.folder, name), code);
      return name;
    });
    // biome-ignore format: a flag and its value in one line
    const flags = ["--allowJs", "--checkJs", "--noEmit", "--strict", "false", "--module", "nodenext", "--target", "es2022",
      "--types", "node", "--typeRoots", join(root, "node_modules/@types")];
    expect(project.tool("typescript", [...flags, ...files])).toBe("");
  });
});

it("HTML: the script of the page", () => {
  const [page, ...others] = inLanguage("html");
  expect(others).toEqual([]);
  const [, code] = /^<script type="module">\n([\s\S]*)<\/script>$/m.exec(page!)!;
  const lines = ["globalThis.document = {};", code!, "console.log(document.title);"];
  expect(project.script("page.mjs", lines)).toMatch(/^1000: 0\.\d{4}\n$/);
});

describe("shell", () => {
  const { name, scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    name: string;
    scripts: Record<string, string>;
  };
  const lines = inLanguage("sh").flatMap((code) => code.trim().split("\n"));
  const commands = lines.flatMap((line) => line.replace(/\s+#.*$/, "").split(" && "));

  it.each(commands)("%s", (command) => {
    const [, install] = /^(?:npm install|bun add|deno add npm:)\s*(.*)$/.exec(command) ?? [];
    const [, script] = /^npm (?:run )?(test|start|[\w:]+:\w+|format)$/.exec(command) ?? [];
    const [, folder] = /^npm ci(?: --prefix (\S+))?$/.exec(command) ?? [];
    const [, file] = /^bash (\S+)$/.exec(command) ?? [];
    if (install !== undefined) expect(install).toBe(name);
    else if (script !== undefined) expect(scripts).toHaveProperty([script]);
    else if (command.startsWith("npm ci"))
      expect(existsSync(join(root, folder ?? ".", "package-lock.json"))).toBe(true);
    else if (file !== undefined) expect(existsSync(join(root, file))).toBe(true);
    else if (command === "npx bitgrad verify")
      expect(project.run("npx", "bitgrad", "verify")).toMatch(/^passed: bitgrad /m);
    else if (command === "npx bitgrad page")
      expect(project.run("npx", "bitgrad", "page", "--help")).toContain("--port");
    else expect.fail(`nobody knows how to try ${command}`);
  });
});
