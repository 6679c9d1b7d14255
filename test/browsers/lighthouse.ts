// `npm run lighthouse`: Lighthouse's four scores of each room, as on a phone with a processor slowed four times,
// in this machine's Chromium. The middle of three runs, since the score of speed depends on what else the machine does.

import { createRequire } from "node:module";
import { BROWSERS } from "../support/browsers.ts";
import { find } from "../support/programs.ts";
import { STATES } from "./rooms.ts";
import { serveLab } from "./site.ts";

interface Report {
  readonly lhr: {
    readonly categories: Readonly<Record<string, { readonly score: number | null }>>;
    readonly audits: Readonly<
      Record<string, { readonly score: number | null; readonly title: string; readonly displayValue?: string }>
    >;
  };
}

const ROUNDS = 3;
const SHOWN = ["first-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "total-byte-weight"];

const packages = createRequire(new URL("package.json", import.meta.url));
const program = await find(BROWSERS.chromium);
if (program === undefined) throw new Error("Chromium is not on this machine");
const { default: puppeteer } = await import(packages.resolve("puppeteer-core"));
const { default: lighthouse } = await import(packages.resolve("lighthouse"));
const { url, close } = await serveLab();
const paths = [...new Set(STATES.map(({ path }) => path.replace(/#.*/, "")))];
try {
  for (const path of paths) {
    const runs: Report["lhr"][] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const browser = await puppeteer.launch({
        executablePath: program.command[0],
        args: ["--no-sandbox", "--disable-dev-shm-usage"],
      });
      try {
        const page = await browser.newPage();
        runs.push(((await lighthouse(url + path, { logLevel: "error" }, undefined, page)) as Report).lhr);
      } finally {
        await browser.close();
      }
    }
    const speed = (run: Report["lhr"]) => run.categories.performance?.score ?? 0;
    const middle = runs.sort((a, b) => speed(a) - speed(b))[Math.floor(ROUNDS / 2)]!;
    const scores = Object.entries(middle.categories).map(
      ([name, { score }]) => `${name} ${Math.round(100 * (score ?? 0))}`,
    );
    console.log(`${path}\n  ${scores.join(", ")}`);
    console.log(`  ${SHOWN.map((id) => `${id} ${middle.audits[id]?.displayValue ?? "–"}`).join(", ")}`);
    for (const { score, title } of Object.values(middle.audits)) {
      if (score !== null && score < 0.9) console.log(`  below 0.9: ${title} (${score})`);
    }
  }
} finally {
  close();
}
