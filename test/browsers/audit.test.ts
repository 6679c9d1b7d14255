// Every page in every state: what axe finds, what is wider than the window, what asks another server. In Chromium.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { skippedWithout } from "../needs.ts";
import { someOf } from "../support/slow.ts";
import { type Driven, launch } from "./drive.ts";
import { STATES } from "./rooms.ts";
import { serveLab } from "./site.ts";

interface Found {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
}

const packages = createRequire(new URL("package.json", import.meta.url));
const skipped = (await skippedWithout("drivers")) || (await skippedWithout("chromium"));
// the fast set looks at every state once, in one theme and width
const views = [false, true].flatMap((dark) => [360, 390, 1280, 2560].map((width) => ({ dark, width })));

describe.skipIf(skipped)("pages", () => {
  let served: Awaited<ReturnType<typeof serveLab>>;
  let browser: Driven;
  let axe: string;
  beforeAll(async () => {
    served = await serveLab();
    browser = await launch("chromium");
    axe = readFileSync(packages.resolve("axe-core/axe.min.js"), "utf8");
  });
  afterAll(async () => {
    await browser.close();
    served.close();
  });

  test.each(STATES)("$name", async (state) => {
    const chosen = someOf(views, ({ dark, width }) => width === 390 && dark === (STATES.indexOf(state) % 2 === 0));
    for (const { dark, width } of chosen) {
      const tab = await browser.tab({ dark, reducedMotion: true, ...(state.before && { before: state.before }) });
      try {
        await tab.resize(width, 900);
        await tab.open(served.url + state.path);
        await state.enter?.(tab);
        await tab.inject(axe);
        const { violations } = await tab.run(() =>
          (globalThis as unknown as { axe: { run(): Promise<{ violations: Found[] }> } }).axe.run(),
        );
        const found = violations.flatMap(({ id, nodes }) =>
          nodes.map(({ target, failureSummary }) => `${id}: ${target.flat().join(" ")}: ${failureSummary}`),
        );
        expect(found, `${width} ${dark ? "dark" : "light"}`).toEqual([]);
        const wide = await tab.run(() => document.documentElement.scrollWidth - innerWidth);
        expect(wide, `wider than ${width}`).toBeLessThanOrEqual(0);
        expect(tab.foreign).toEqual([]);
        expect(tab.complaints).toEqual([]);
      } finally {
        await tab.close();
      }
    }
  });
});
