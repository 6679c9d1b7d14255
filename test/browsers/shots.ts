// `npm run shots`: screenshots of every page in every state, width and theme, to be looked at. Names after -- choose
// states: `npm run shots -- lab-done verify`.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch, type Tab } from "./drive.ts";
import { STATES } from "./rooms.ts";
import { serveLab } from "./site.ts";

const WIDTHS = [360, 390, 1280, 2560];
const folder = fileURLToPath(new URL("../../dist/shots", import.meta.url));
const wanted = process.argv.slice(2);
const states = STATES.filter(({ name }) => wanted.length === 0 || wanted.some((start) => name.startsWith(start)));

/** Scrolls through the page and back: parts that are far down are made when they are seen. */
function seeAll(tab: Tab): Promise<void> {
  return tab.run(async () => {
    const pause = () => new Promise((resolve) => setTimeout(resolve, 200));
    for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
      scrollTo(0, y);
      await pause();
    }
    scrollTo(0, 0);
    await pause();
  });
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const { url, close } = await serveLab();
const browser = await launch("chromium");
try {
  for (const state of states) {
    for (const dark of [false, true]) {
      const tab = await browser.tab({ dark, ...(state.before && { before: state.before }) });
      await tab.resize(1280, 900);
      await tab.open(url + state.path);
      await state.enter?.(tab);
      for (const width of WIDTHS) {
        await tab.resize(width, 900);
        await seeAll(tab);
        writeFileSync(join(folder, `${state.name}-${width}-${dark ? "dark" : "light"}.png`), await tab.screenshot());
      }
      for (const complaint of tab.complaints) console.error(`${state.name}: ${complaint}`);
      await tab.close();
    }
    console.log(state.name);
  }
} finally {
  await browser.close();
  close();
}
console.log(`${folder} has the pictures of ${states.length} states`);
