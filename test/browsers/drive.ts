// Real browsers, driven as a person drives them: clicks and screenshots. Chromium and Firefox are driven by Puppeteer,
// WebKit by its own driver.

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BROWSERS } from "../support/browsers.ts";
import { start } from "../support/processes.ts";
import { find } from "../support/programs.ts";

export type BrowserName = keyof typeof BROWSERS;
export const BROWSER_NAMES = Object.keys(BROWSERS) as BrowserName[];

/** A tab. Functions are run in the page, and so see nothing from outside but their arguments. */
export interface Tab {
  open(url: string): Promise<void>;
  run<T, A extends readonly unknown[]>(code: (...args: A) => T | Promise<T>, ...args: A): Promise<T>;
  /** Clicks in the middle of the element that the function finds. */
  click<A extends readonly unknown[]>(find: (...args: A) => Element | null | undefined, ...args: A): Promise<void>;
  /** A PNG of the whole page; WebKit's has what is visible. */
  screenshot(): Promise<Uint8Array>;
  resize(width: number, height: number): Promise<void>;
  /** What the page complained about: uncaught errors, and errors on the console where the driver tells. */
  readonly complaints: readonly string[];
  /** Addresses of other servers that the page asked. */
  readonly foreign: readonly string[];
  /** Runs a script's source, whatever the page's policy. */
  inject(source: string): Promise<void>;
  close(): Promise<void>;
}

export interface TabOptions {
  /** Chromium alone. */
  readonly dark?: boolean;
  readonly reducedMotion?: boolean;
  /** Run before each page's own scripts; not in WebKit. */
  before?(): void;
}

export interface Driven {
  readonly name: BrowserName;
  tab(options?: TabOptions): Promise<Tab>;
  close(): Promise<void>;
}

const packages = createRequire(new URL("package.json", import.meta.url));
const LIMIT_MS = 120_000;

export async function launch(name: BrowserName): Promise<Driven> {
  const program = await find(BROWSERS[name]);
  if (program === undefined) throw new Error(`${name} is not on this machine`);
  return name === "webkit" ? launchWebKit(program.command) : launchPuppeteer(name, program.command[0]!);
}

/** Waits until the code, run in the page, gives something else than undefined, null or false. */
export async function until<T, A extends readonly unknown[]>(
  tab: Tab,
  what: string,
  code: (...args: A) => T | undefined | null | false,
  ...args: A
): Promise<T> {
  const end = Date.now() + LIMIT_MS; // a busy machine is slow; a page that never gets there fails
  for (;;) {
    const value = await tab.run(code, ...args);
    if (value !== undefined && value !== null && value !== false) return value;
    if (Date.now() > end) throw new Error(`${what}: not in ${LIMIT_MS / 1000} s`);
    await sleep(100);
  }
}

type Heard = typeof globalThis & { isClicked?: boolean };

/** Run in the page. */
const listen = (element: Element): void => {
  element.scrollIntoView({ block: "center" });
  (globalThis as Heard).isClicked = false;
  element.addEventListener(
    "click",
    () => {
      (globalThis as Heard).isClicked = true;
    },
    { once: true },
  );
};

/** Run in the page. */
const isHeard = (): boolean => (globalThis as Heard).isClicked === true;

/** Clicks until the element has heard it: what is made when it comes into view may move it away under the mouse. */
async function clicked(listen: () => Promise<void>, click: () => Promise<void>, isHeard: () => Promise<boolean>) {
  for (let tries = 0; tries < 6; tries++) {
    await listen();
    await click();
    if (await isHeard()) return;
    await sleep(500);
  }
  throw new Error("it doesn't hear a click");
}

async function launchPuppeteer(name: "chromium" | "firefox", executablePath: string) {
  const { default: puppeteer } = await import(packages.resolve("puppeteer-core"));
  const browser = await puppeteer.launch({
    browser: name === "firefox" ? "firefox" : "chrome",
    executablePath,
    headless: true,
    protocolTimeout: LIMIT_MS,
    args: name === "firefox" ? [] : ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  return {
    name,
    async tab({ dark = false, reducedMotion = false, before } = {}) {
      const context = await browser.createBrowserContext(); // storage of its own
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("pageerror", (error: unknown) => complaints.push(String(error)));
      page.on("console", (line: { type(): string; text(): string }) => {
        if (line.type() === "error") complaints.push(line.text());
      });
      if (name === "chromium") {
        await page.emulateMediaFeatures([
          { name: "prefers-color-scheme", value: dark ? "dark" : "light" },
          { name: "prefers-reduced-motion", value: reducedMotion ? "reduce" : "no-preference" },
        ]);
      }
      const foreign: string[] = [];
      let origin = "";
      page.on("request", (request: { url(): string }) => {
        const url = request.url();
        if (/^(?!data:|blob:)/.test(url) && !url.startsWith(origin)) foreign.push(url);
      });
      if (before !== undefined) await page.evaluateOnNewDocument(before);
      return {
        complaints,
        foreign,
        async open(url) {
          ({ origin } = new URL(url));
          await page.goto(url, { waitUntil: "load", timeout: LIMIT_MS });
        },
        inject: async (source) => void (await page.evaluate(source)),
        run: (code, ...args) => page.evaluate(code, ...args),
        async click(find, ...args) {
          const found = (await page.evaluateHandle(find, ...args)).asElement();
          if (found === null) throw new Error(`nothing to click: ${find}`);
          await clicked(
            () => found.evaluate(listen),
            () => found.click(),
            () => page.evaluate(isHeard),
          );
        },
        screenshot: () => page.screenshot({ fullPage: true }),
        resize: (width, height) => page.setViewport({ width, height }),
        close: () => context.close(),
      };
    },
    close: () => browser.close(),
  } satisfies Driven;
}

/** WebKit's driver gives one tab, without colors or motion to choose. */
async function launchWebKit(command: readonly string[]): Promise<Driven> {
  const { Builder, Capabilities } = packages("selenium-webdriver");
  const [xvfb, automatic, miniBrowser] = command;
  const home = mkdtempSync(join(tmpdir(), "bitgrad-webkit-"));
  const port = await freePort();
  const { WEBKIT_DISABLE_COMPOSITING_MODE: _, ...without } = BROWSERS.webkit.env!;
  const process = start(xvfb!, [automatic!, "-s", "-screen 0 2600x2000x24", "WebKitWebDriver", `--port=${port}`], {
    // screenshots need compositing
    env: { HOME: home, TMPDIR: home, XDG_RUNTIME_DIR: home, ...without },
    limitMs: 4 * LIMIT_MS,
  });
  process.ended.catch(() => {}); // it is stopped, not waited for
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; !(await answers(`${url}/status`)); tries++) {
    if (tries === 300) throw new Error("WebKitWebDriver doesn't answer");
    await sleep(100);
  }
  const options = { binary: miniBrowser, args: ["--automation"] };
  const driver = await new Builder()
    .usingServer(url)
    .withCapabilities(new Capabilities({ browserName: "MiniBrowser", "webkitgtk:browserOptions": options }))
    .build();
  await driver.manage().setTimeouts({ script: LIMIT_MS, pageLoad: LIMIT_MS });
  const run = <T, A extends readonly unknown[]>(code: (...args: A) => T | Promise<T>, ...args: A): Promise<T> =>
    driver
      .executeAsyncScript(
        `const done = arguments[arguments.length - 1];
         Promise.resolve().then(() => (${code})(...[...arguments].slice(0, -1)))
           .then((value) => done({ value }), (error) => done({ error: String(error) }));`,
        ...args,
      )
      .then(({ value, error }: { value: T; error?: string }) => {
        if (error !== undefined) throw new Error(error);
        return value;
      });
  return {
    name: "webkit",
    async tab({ before } = {}) {
      if (before !== undefined) throw new Error("webkit: nothing runs before the page");
      return {
        complaints: [],
        foreign: [],
        inject: (source) => driver.executeScript(source),
        async open(url) {
          await driver.get("about:blank"); // else an address that differs behind # alone is no new page
          await driver.get(url);
        },
        run,
        async click(find, ...args) {
          const found = await driver.executeScript(`return (${find})(...arguments)`, ...args);
          if (found === null) throw new Error(`nothing to click: ${find}`);
          await clicked(
            () => driver.executeScript(`(${listen})(...arguments)`, found),
            () => found.click(),
            () => driver.executeScript(`return (${isHeard})()`),
          );
        },
        screenshot: async () => Buffer.from(await driver.takeScreenshot(), "base64"),
        resize: (width, height) => driver.manage().window().setRect({ width, height, x: 0, y: 0 }),
        close: async () => {}, // there is no other
      };
    },
    async close() {
      await driver.quit().catch(() => {});
      await process.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const answers = (url: string) =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
