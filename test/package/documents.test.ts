// Every block of code in the README and the documents, as it stands, in the language that it says, against the packed
// library. `// → text` in a block is what the line prints; "…" stands for anything.

import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { transformSync } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import { skippedWithout } from "../needs.ts";
import { modulesIn } from "../runtimes/kit.ts";
import { BROWSERS, visit } from "../support/browsers.ts";
import { find } from "../support/programs.ts";
import { filesIn, root } from "../support/repository.ts";
import { expectContrast, expectSound } from "../verify/sound.ts";
import { blocksOf, DOCUMENTS, textOf } from "./markdown.ts";
import { createProject } from "./project.ts";

const project = createProject();
afterAll(() => project.remove());

const blocks = DOCUMENTS.flatMap(blocksOf);
const inLanguage = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language));

interface Program {
  readonly place: string;
  readonly language: string;
  readonly code: string;
}

/** Blocks that continue one another are one program. */
function programsIn(...languages: string[]): Program[] {
  const programs: Program[] = [];
  for (const { language, code, continued, place } of inLanguage(...languages)) {
    if (!continued) programs.push({ language, code, place });
    else {
      const before = programs.pop();
      if (before?.language !== language) throw new Error(`${place} continues no block of ${language}`);
      programs.push({ ...before, code: before.code + code });
    }
  }
  return programs;
}

const programs = programsIn("js", "ts");

/** What a Worker at the edge is asked. */
const ASKER = [
  'import worker from "./block.mjs";',
  "const body = JSON.stringify({ x: [[0, 0], [0, 1]], y: [[0], [1]] });",
  'const response = await worker.fetch(new Request("http://localhost/", { method: "POST", body }));',
  "console.log(await response.text());",
];

it("every block is in a language that is run here", () => {
  for (const document of DOCUMENTS) {
    const fences = textOf(document).match(/^```/gm) ?? [];
    expect(fences.length, document).toBe(2 * blocksOf(document).length);
  }
  const known = ["diff", "html", "js", "json", "sh", "text", "ts"];
  expect(blocks.filter(({ language }) => !known.includes(language)).map(({ place }) => place)).toEqual([]);
});

describe("diffs", () => {
  const sources = filesIn("assembly", "bindings", "test").filter((path) => /\.(?:ts|c|py|md)$/.test(path));
  const lines = new Set(sources.flatMap((path) => readFileSync(join(root, path), "utf8").split("\n")));

  it.each(inLanguage("diff"))("$place adds lines that are there", ({ code }) => {
    const added = code.split("\n").filter((line) => line.startsWith("+"));
    expect(added.length).toBeGreaterThan(0);
    expect(added.map((line) => line.slice(1)).filter((line) => !lines.has(line))).toEqual([]);
  });
});

describe("JavaScript and TypeScript", () => {
  it.each(programs)("$place", ({ language, code }) => {
    const script = language === "ts" ? transformSync(code, { loader: "ts", target: "es2022" }).code : code;
    const run = () => {
      const printed = project.script("block.mjs", [script]);
      return code.includes("export default") ? printed + project.script("ask.mjs", ASKER) : printed;
    };
    expectPrinted(run(), code);
    // a file that the first run left changes nothing
    if (code.includes("bitgrad/files")) expectPrinted(run(), code);
  });

  it("is right by the types, too", () => {
    const files = programs.map(({ language, code }, index) => {
      const name = `checked-${index}.${language === "ts" ? "mts" : "mjs"}`;
      writeFileSync(join(project.folder, name), code);
      return name;
    });
    const typed = files.filter((name) => name.endsWith(".mts"));
    const flags = ["--noEmit", "--module", "nodenext", "--target", "es2022", "--types", "node"];
    const types = ["--typeRoots", join(root, "node_modules/@types")];
    const loose = ["--allowJs", "--checkJs", "--strict", "false"];
    expect(compile(...flags, ...types, ...loose, ...files)).toBe("");
    expect(compile(...flags, ...types, "--strict", ...typed)).toBe("");
  });
});

/** What the compiler finds. */
function compile(...args: string[]): string {
  try {
    return project.tool("typescript", args);
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

/** Every arrow's text is printed, in order, and nothing after the last one's. */
function expectPrinted(output: string, code: string): void {
  const lines = output.split("\n").filter((line) => line !== "");
  const arrows = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, wanted]) => wanted!);
  const found: string[] = [];
  for (const line of lines) if (fits(line, arrows[found.length])) found.push(arrows[found.length]!);
  expect(found, output).toEqual(arrows);
  if (lines.length > 0) expect(fits(lines.at(-1)!, arrows.at(-1)), output).toBe(true);
}

function fits(line: string, wanted: string | undefined): boolean {
  if (wanted === undefined) return false;
  const parts = wanted.split("…").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(line);
}

describe.skipIf(await skippedWithout("chromium"))("HTML, in Chromium", () => {
  it.each(inLanguage("html"))("$place", async ({ code }) => {
    const shown = await visited(code);
    expect(shown).toMatch(/^epoch \d+, loss \d\.\d{6}, predictions( \d\.\d{3},?|,?\d\.\d{3}){4}$/);
  });
});

/** What the page's output says after its button was pressed. */
async function visited(page: string): Promise<string> {
  const watcher = `<script type="module">
    const output = document.querySelector("output");
    const post = (body) => fetch("/report", { method: "POST", body: String(body) });
    addEventListener("error", ({ message }) => post(message));
    addEventListener("unhandledrejection", ({ reason }) => post(reason));
    const until = async (holds) => { while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20)); };
    await until(() => output.value.startsWith("epoch"));
    document.querySelector("button").click();
    await until(() => output.value.includes("predictions"));
    post(output.value);
  </script>`;
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const modules = new Set(modulesIn(project.folder).map((name) => `/node_modules/bitgrad/dist/${name}`));
  const reported = new Promise<string>((resolve) => {
    server.on("request", async (request, response) => {
      const { method, url = "" } = request;
      if (method === "POST") {
        resolve(await text(request));
        response.end();
      } else if (url === "/") response.setHeader("content-type", "text/html").end(page + watcher);
      else if (!modules.has(url)) response.writeHead(404).end();
      else response.setHeader("content-type", "text/javascript").end(readFileSync(join(project.folder, url)));
    });
  });
  try {
    const { command } = (await find(BROWSERS.chromium))!;
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return await visit(BROWSERS.chromium, command, {
      url,
      folder: project.folder,
      found: () => reported,
      limitMs: 100_000,
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe("JSON", () => {
  it.each(inLanguage("json"))("$place", ({ code }) => {
    const settings = JSON.parse(code) as { compilerOptions?: object };
    if (settings.compilerOptions === undefined) return;
    // a project with these settings and every block of TypeScript
    const files = programsIn("ts").map((program, index) => {
      writeFileSync(join(project.folder, `settings-${index}.ts`), program.code);
      return `settings-${index}.ts`;
    });
    writeFileSync(join(project.folder, "tsconfig.json"), JSON.stringify({ ...settings, files }));
    expect(compile("--noEmit", "-p", ".")).toBe("");
  });
});

describe("shell", () => {
  const { name, scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    name: string;
    scripts: Record<string, string>;
  };
  const commands = inLanguage("sh").flatMap(({ place, code }) => {
    const lines = code.trim().split("\n");
    return lines.flatMap((line) => line.replace(/\s+#.*$/, "").split(" && ")).map((command) => ({ place, command }));
  });

  // the table of the guide's command
  const homes = Array.from({ length: 40 }, (_, i) => `${20 + ((i * 37) % 61)},${["Bonn", "Ulm"][i % 2]},${i % 3}`);
  const kinds = homes.map((line) => `${line},${Number.parseInt(line, 10) > 50 ? "house" : "flat"}`);
  writeFileSync(join(project.folder, "homes.csv"), ["sqm,city,rooms,kind", ...kinds].join("\n"));

  it.each(commands)("$place: $command", ({ command }) => {
    const [, added] = /^(?:npm install|bun add|deno add npm:)\s*(.*)$/.exec(command) ?? [];
    const [, script] = /^npm (?:run )?(test|start|[\w:-]+)(?: -- .*)?$/.exec(command) ?? [];
    const [, folder] = /^npm ci(?: --prefix (\S+))?$/.exec(command) ?? [];
    const [, file] = /^(?:bash|npx tsx|npx vitest run) (\S+)/.exec(command) ?? [];
    if (added !== undefined) expect(added).toBe(name);
    else if (command.startsWith("npm ci"))
      expect(existsSync(join(root, folder ?? ".", "package-lock.json"))).toBe(true);
    else if (script !== undefined) expect(scripts).toHaveProperty([script]);
    else if (file !== undefined) expect(existsSync(join(root, file)), file).toBe(true);
    else if (command.startsWith("npx bitgrad lab"))
      expect(project.run("npx", ...command.split(" ").slice(1), "--help")).toContain("--port"); // it serves until it is ended
    else if (command === "npx bitgrad verify") {
      const printed = project.run("npx", "bitgrad", "verify");
      expectSound(printed, "Node");
      expectContrast(printed);
    } else if (command.startsWith("npx bitgrad ")) project.run("npx", ...command.split(" ").slice(1));
    else if (/^(cp|mkdir) /.test(command)) project.run("sh", "-c", command);
    else expect.fail(`nobody knows how to try ${command}`);
  });
});

describe("links", () => {
  const { repository } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    repository: { url: string };
  };
  const home = `${repository.url.replace(/^git\+|\.git$/g, "")}/blob/main/`;

  it.each(DOCUMENTS)("%s", (document) => {
    const prose = textOf(document).replace(/^```[\s\S]*?^```$/gm, "");
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    for (const link of links) {
      const isOurs = !/^\w+:/.test(link) || link.startsWith(home);
      // npm's page shows the README without the files beside it
      if (document === "README.md") expect(link).toMatch(/^https:/);
      if (!isOurs) continue;
      const [path = "", anchor] = link.replace(home, "").split("#");
      const from = link.startsWith(home) ? "" : dirname(document);
      const target = path === "" ? document : join(from, path);
      expect(existsSync(join(root, target)), `${link} in ${document}`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(target), `${link} in ${document}`).toContain(anchor);
    }
  });
});

/** Those of its headings, as GitHub makes them. */
function anchorsOf(document: string): string[] {
  const headings = textOf(document).match(/^#+ .*$/gm) ?? [];
  return headings.map((heading) =>
    heading
      .replace(/^#+ /, "")
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

const OTHERS = [
  "assembly/NUMERICS.md",
  ...["bench", "bench/peers", "examples", "test", "test/coverage", "test/third"].map((folder) => `${folder}/README.md`),
];

it.each([...DOCUMENTS, ...OTHERS])("%s has no line over 120 columns but tables, links and code", (document) => {
  const prose = textOf(document).replace(/^```[\s\S]*?^```$/gm, "");
  const long = prose.split("\n").filter((line) => [...line].length > 120 && !/^\s*\||^ {4}|\]\(/.test(line));
  expect(long).toEqual([]);
});

it("comments have no line over 120 columns", () => {
  const files = filesIn("assembly", "bindings", "bench", "examples", "test");
  const sources = files.filter((name) => /\.(ts|js|mjs)$/.test(name));
  expect(sources.length).toBeGreaterThan(300);
  const long = sources.flatMap((name) => {
    const comments = readFileSync(join(root, name), "utf8").match(/^ *(\/\/|\/?\*\*?) .*$/gm) ?? [];
    return comments.filter((line) => [...line.trimEnd()].length > 120).map((line) => `${name}: ${line}`);
  });
  expect(long).toEqual([]);
});

it("the guide's oldest versions are those of package.json and of the build", () => {
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { engines: { node: string } };
  const build = readFileSync(join(root, "bindings/build.ts"), "utf8");
  const rows = [...textOf("docs/guide.md").matchAll(/^\| ([\w, ]+) \| (\d+(?:\.\d+)*) \|/gm)];
  const oldest = Object.fromEntries(rows.map(([, platform, version]) => [platform!, version!]));
  expect(engines.node).toBe(`>=${oldest.Node}`);
  const { "Chrome, Edge": chrome, Firefox: firefox, Safari: safari } = oldest;
  expect(build).toContain(`["chrome${chrome}", "edge${chrome}", "firefox${firefox}", "safari${safari}"]`);
});

it("the README is short: 150 lines and 900 words at most", () => {
  const readme = textOf("README.md");
  expect(readme.trimEnd().split("\n").length).toBeLessThanOrEqual(150);
  expect(readme.split(/\s+/).length).toBeLessThanOrEqual(900);
});
