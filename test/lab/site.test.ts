// The pages of dist/lab. Those of the whole site are in site.slow.ts.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { brokenLinks, elsewhere, folderOf, wrongPolicy } from "./pages.ts";

const lab = folderOf(fileURLToPath(new URL("../../dist/lab", import.meta.url)));
const textOf = (name: string) => readFileSync(join(lab.root, name), "utf8");

describe.each(lab.pages)("%s", (page) => {
  it("has links that lead somewhere, in any folder", () => {
    expect(brokenLinks(lab, page)).toEqual([]);
  });

  it("has a policy that fits", () => {
    expect(wrongPolicy(lab, page)).toEqual([]);
  });

  it("says what it is", () => {
    const html = textOf(page);
    expect(html).toMatch(/<html lang="en">/);
    expect(html.match(/<h1[\s>]/g)).toHaveLength(1);
    expect(html.match(/<main[\s>]/g)).toHaveLength(1);
    expect(html).toMatch(/<title>[^<]{10,}<\/title>/);
    expect(html).toMatch(/<meta name="description" content="[^"]{30,160}">/);
    expect(html).not.toMatch(/\{\w+(?: \w+)?\}|undefined/); // a place that the build did not fill
  });
});

it.each(lab.files.filter((name) => /\.(js|css)$/.test(name)))("%s asks no other place", (name) => {
  expect(elsewhere(lab, name)).toEqual([]);
});

it("has every room", () => {
  const rooms = ["", "lab/", "bench/", "bench/frames/", "verify/", "learn/"];
  const lessons = ["perceptron", "exclusive-or", "same-bits", "digits", "over-fitting"];
  for (const path of [...rooms, ...lessons.map((lesson) => `learn/${lesson}/`)]) {
    expect(lab.pages).toContain(`${path}index.html`);
  }
});

it.each(lab.pages.filter((page) => /^learn\/./.test(page) && page !== "learn/index.html"))(
  "%s has at most 400 words and a figure without script",
  (page) => {
    const [, main] = /<main[^>]*>([\s\S]*)<\/main>/.exec(textOf(page))!;
    const prose = main!.replace(/<svg[\s\S]*?<\/svg>/g, "").replace(/<[^>]*>/g, " ");
    expect(prose.split(/\s+/).filter((word) => /\p{Letter}{2}/u.test(word)).length).toBeLessThanOrEqual(400);
    expect(main).toMatch(/<svg class="figure[^>]*role="img" aria-label="[^"]{20,}"/);
  },
);

it("what .size-limit.json weighs is what the lab's page loads", () => {
  const budgets = JSON.parse(readFileSync(new URL("../../.size-limit.json", import.meta.url), "utf8")) as {
    name: string;
    path: string[];
  }[];
  const { path } = budgets.find(({ name }) => name.startsWith("the lab's page"))!;
  const parts = [...textOf("lab/index.html").matchAll(/<(?:script|link)[^>]*\s(?:src|href)="\.\.\/([^"]*)"/g)];
  const loaded = parts.map(([, name]) => name!).filter((name) => !name.endsWith(".png")); // a phone's icon, if it is kept
  expect(["lab/index.html", ...new Set(loaded)].map((name) => `dist/lab/${name}`)).toEqual(path);
});

describe("without a network", () => {
  const worker = textOf("offline-worker.js");

  it("the service worker keeps every file but itself", () => {
    for (const name of lab.files) {
      if (name !== "offline-worker.js") expect(worker).toContain(`"${name}"`);
    }
  });

  it("its version follows from the content of the files", () => {
    const hash = createHash("sha256");
    const names = lab.files.filter((name) => extname(name) !== "" && name !== "offline-worker.js");
    for (const name of [...names].sort()) {
      hash.update(name);
      hash.update(readFileSync(join(lab.root, name)));
    }
    expect(worker).toContain(`"${hash.digest("hex").slice(0, 16)}"`);
  });

  it("the manifest names files that are there", () => {
    const manifest = JSON.parse(textOf("manifest.webmanifest")) as { start_url: string; icons: { src: string }[] };
    for (const name of [manifest.start_url, ...manifest.icons.map(({ src }) => src)]) expect(lab.files).toContain(name);
  });
});

it("the build gives the same bytes again", () => {
  const again = mkdtempSync(join(tmpdir(), "bitgrad-lab-"));
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const args = ["--import", "tsx", "examples/lab/build.ts", "--out", again];
  expect(spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  const other = folderOf(again);
  expect(other.files).toEqual(lab.files);
  for (const name of lab.files) {
    expect(readFileSync(join(again, name)).equals(readFileSync(join(lab.root, name))), name).toBe(true);
  }
  rmSync(again, { recursive: true });
});
