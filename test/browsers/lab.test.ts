// Whole ways through the lab, by hand: train, share, open elsewhere, compare. In every browser of this machine.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromLink, toLink } from "../../examples/lab/link.ts";
import { skippedWithout } from "../needs.ts";
import { BROWSER_NAMES, type BrowserName, type Driven, launch, type Tab, until } from "./drive.ts";
import { press, ready, serveLab, trainTo } from "./site.ts";

const here: BrowserName[] = [];
for (const name of BROWSER_NAMES) {
  if (!(await skippedWithout("drivers")) && !(await skippedWithout(name))) here.push(name);
}

/** What the page says of a link's claim, when it has said it. */
const verdict = (tab: Tab) =>
  until(tab, "the verdict", () => {
    const claim = document.querySelector("bitgrad-lab")?.shadowRoot?.querySelector(".claim.good, .claim.bad");
    return claim?.textContent;
  });

const linkOf = async (tab: Tab) => {
  await press(tab, "Make a link");
  return until(tab, "the link", () => {
    return (
      document.querySelector("bitgrad-lab")?.shadowRoot?.querySelector<HTMLInputElement>("input.link")?.value ||
      undefined
    );
  });
};

const digestOf = (tab: Tab) =>
  tab.run(() => (document.querySelector("bitgrad-lab") as unknown as { frame: { digest: string } }).frame.digest);

describe.skipIf(here.length === 0)("the lab", { timeout: 600_000 }, () => {
  let served: Awaited<ReturnType<typeof serveLab>>;
  const browsers = new Map<BrowserName, Driven>();
  beforeAll(async () => {
    served = await serveLab();
    for (const name of here) browsers.set(name, await launch(name));
  });
  afterAll(async () => {
    for (const browser of browsers.values()) await browser.close();
    served.close();
  });

  async function withTab<T>(name: BrowserName, path: string, use: (tab: Tab) => Promise<T>): Promise<T> {
    const tab = await browsers.get(name)!.tab();
    try {
      await tab.resize(1280, 900);
      await tab.open(served.url + path);
      await ready(tab);
      const result = await use(tab);
      expect(tab.complaints).toEqual([]);
      return result;
    } finally {
      await tab.close();
    }
  }

  /** A training of each kind of data, made by hand in one browser: its link and its digest. */
  const share = (name: BrowserName, data: string, epochs: number) =>
    withTab(name, "lab/index.html", async (tab) => {
      await press(tab, data);
      const digest = await trainTo(tab, epochs);
      return { digest, link: await linkOf(tab) };
    });

  const trained = [
    ["Spirals", 40],
    ["Waves", 25],
    ["Iris", 30],
  ] as const;

  test.each(here)("a link made in %s gives the same bits in every browser", async (name) => {
    for (const [data, epochs] of trained.slice(0, name === here[0] ? trained.length : 1)) {
      const { digest, link } = await share(name, data, epochs);
      expect(link.length).toBeLessThanOrEqual(2000);
      for (const other of here) {
        const path = `lab/index.html${link.slice(link.indexOf("#"))}`;
        const [said, again] = await withTab(other, path, async (tab) => [await verdict(tab), await digestOf(tab)]);
        expect(said).toContain("The same bits");
        expect(again).toBe(digest);
      }
    }
  });

  test.each(here)("steps, epochs and a run of %s's own buttons end with the same digest", async (name) => {
    const [byHand, atOnce] = await withTab(name, "lab/index.html", async (tab) => {
      const epoch = (wanted: string) =>
        until(
          tab,
          wanted,
          (wanted) => {
            const { frame } = document.querySelector("bitgrad-lab") as unknown as {
              frame?: { epoch: number; batch: number };
            };
            return frame !== undefined && `${frame.epoch} ${frame.batch}` === wanted;
          },
          wanted,
        );
      await press(tab, "One epoch");
      await epoch("1 0");
      await press(tab, "One step: one batch");
      await epoch("1 1");
      await press(tab, "One step: one batch");
      await epoch("1 2");
      await press(tab, "One epoch");
      await epoch("2 0");
      const byHand = await digestOf(tab);
      await press(tab, "Start over");
      await epoch("0 0");
      return [byHand, await trainTo(tab, 2)];
    });
    expect(byHand).toBe(atOnce);
  });

  test("a link that claims another digest is found out, with the epoch from which it is wrong", async () => {
    const { link } = await share(here[0]!, "Moons", 20);
    const { recipe, claim } = await fromLink(link.slice(link.indexOf("#")));
    const wrong = (digest: string) => digest.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
    const earlier = claim!.earlier.map(({ epoch, digest }) => ({ epoch, digest: epoch > 8 ? wrong(digest) : digest }));
    const { text } = await toLink(recipe, { ...claim!, digest: wrong(claim!.digest), earlier });
    const said = await withTab(here[0]!, `lab/index.html${text}`, verdict);
    expect(said).toContain("Not the same bits");
    expect(said).toMatch(/the same up to epoch [78],/);
  });

  test.each(["#1.", "#1.abc", "#999.abc.def", `#1.${"A".repeat(5000)}`])(
    "the link %s is refused in words",
    async (hash) => {
      const said = await withTab(here[0]!, `lab/index.html${hash}`, (tab) =>
        until(
          tab,
          "what is wrong",
          () =>
            document.querySelector("bitgrad-lab")?.shadowRoot?.querySelector("[role=alert]")?.textContent || undefined,
        ),
      );
      expect(said).toMatch(/link/i);
      expect(said).toMatch(/\.$/);
    },
  );

  test("two labs in one page train apart from each other", async () => {
    const digests = await withTab(here[0]!, "lab/index.html", async (tab) => {
      await tab.run(() => {
        const other = document.createElement("bitgrad-lab");
        other.id = "other";
        document.querySelector("main")!.append(other);
      });
      await until(tab, "the other", () => {
        const other = document.getElementById("other") as unknown as { frame?: unknown };
        return other.frame !== undefined;
      });
      await tab.run(() => (document.getElementById("other") as unknown as { train(n: number): void }).train(12));
      const first = await trainTo(tab, 30);
      const other = await until(tab, "the other's end", () => {
        const { frame } = document.getElementById("other") as unknown as {
          frame: { epoch: number; running: boolean; digest: string };
        };
        return frame.epoch === 12 && !frame.running && frame.digest;
      });
      await press(tab, "Start over");
      return { first, other, alone: await trainTo(tab, 12) };
    });
    expect(digests.other).toBe(digests.alone);
    expect(digests.first).not.toBe(digests.alone);
  });
});
