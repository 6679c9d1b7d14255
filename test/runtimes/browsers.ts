// Browsers without a driver: a page of a local server posts back what it found. It runs the program twice: with the
// package's own files, by import map, and as one minified bundle.

import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import type { Suite } from "../golden/suite.ts";
import { type Kit, modulesIn } from "./kit.ts";
import { type Command, type Forms, INSTALL_ALL, onPath, type Platform, RUN_LIMIT_MS } from "./platform.ts";
import { start } from "./processes.ts";

const FORMS = ["modules", "bundle"];

const PAGE = `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<script>
  const fail = ({ reason, message, target }) =>
    fetch("/failure", { method: "POST", body: String(reason ?? message ?? target.src + " can't be loaded") });
  addEventListener("error", fail, true);
  addEventListener("unhandledrejection", fail);
</script>
<script type="importmap">${JSON.stringify({
  imports: {
    bitgrad: "/dist/index.js",
    "bitgrad/reference": "/dist/reference.js",
    "bitgrad/threads": "/dist/threads.js",
    "bitgrad/worker": "/dist/worker.js",
  },
})}</script>
${FORMS.map((form) => `<script type="module" src="/${form}/page.js"></script>`).join("\n")}
`;

/** A browser in one of its tiers. */
export interface Browser extends Pick<Platform, "name" | "gate" | "candidates"> {
  readonly env?: Readonly<Record<string, string>>;
  /** What comes after the command; the profile is an empty folder. */
  args(url: string, profile: string): readonly string[];
}

function platform(browser: Browser): Platform {
  const { name, gate, candidates } = browser;
  return { name, gate, install: INSTALL_ALL, candidates, run: (command, kit) => runPage(browser, command, kit) };
}

async function runPage(browser: Browser, command: Command, kit: Kit): Promise<Forms> {
  await kit.bundle("page.ts", "modules/page.js", { as: "bare" });
  await kit.bundle("page.ts", "bundle/page.js", { as: "bundled", conditions: ["browser", "module"] });
  const { url, reports, close } = await serve(kit);
  try {
    return await visit(browser, command, { url, folder: kit.folder, found: () => reports });
  } finally {
    close();
  }
}

export interface Visit<T> {
  readonly url: string;
  /** Where the browser's profile is made. */
  readonly folder: string;
  /** What the page is visited for; then the browser is ended. `control`: the other end of its file descriptor 3. */
  found(control: Duplex): Promise<T>;
  readonly limitMs?: number;
}

export async function visit<T>(
  { args, env }: Browser,
  command: Command,
  { url, folder, found, limitMs = RUN_LIMIT_MS }: Visit<T>,
): Promise<T> {
  const profile = join(folder, "profile");
  mkdirSync(profile);
  const [program, ...first] = command;
  const process = start(program!, [...first, ...args(url, profile)], {
    env: { HOME: profile, TMPDIR: profile, XDG_RUNTIME_DIR: profile, ...env },
    limitMs,
  });
  try {
    return await Promise.race([
      found(process.control),
      process.ended.then(() => Promise.reject(new Error("it ended early"))),
    ]);
  } finally {
    await process.stop();
  }
}

/** A server of the page and its scripts; `reports` has the suites of every form once all are posted. */
async function serve({ folder }: Kit) {
  const script = (path: string) => ({ type: "text/javascript", body: readFileSync(join(folder, path)) });
  const files: Record<string, { type: string; body: string | Buffer }> = {
    "/": { type: "text/html", body: PAGE },
  };
  for (const name of modulesIn(folder)) files[`/dist/${name}`] = script(`node_modules/bitgrad/dist/${name}`);
  for (const form of FORMS) files[`/${form}/page.js`] = script(`${form}/page.js`);

  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const reports = new Promise<Forms>((resolve, reject) => {
    const posted: Forms = {};
    server.on("request", async (request, response) => {
      const { method, url = "" } = request;
      response.setHeader("cross-origin-opener-policy", "same-origin"); // for threads
      response.setHeader("cross-origin-embedder-policy", "require-corp");
      const file = files[url];
      if (method === "POST") {
        const body = await text(request);
        const form = FORMS.find((name) => url === `/${name}/report`);
        if (form === undefined) reject(new Error(body));
        else posted[form] = JSON.parse(body) as Suite[];
        if (FORMS.every((name) => name in posted)) resolve(posted);
        response.end();
      } else if (file !== undefined) response.setHeader("content-type", file.type).end(file.body);
      else response.writeHead(404).end();
    });
  });
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/`, reports, close };
}

function chromium(tier: string, flags: string, gate: boolean): Browser {
  return {
    name: `chromium${tier}`,
    gate,
    candidates: () => onPath("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"),
    args: (url, profile) => [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--disable-background-networking",
      ...(flags === "" ? [] : [`--js-flags=${flags}`]),
      `--user-data-dir=${profile}`,
      url,
    ],
  };
}

function firefox(tier: string, preferences: Readonly<Record<string, boolean>>, gate: boolean): Browser {
  return {
    name: `firefox${tier}`,
    gate,
    candidates: () => onPath("firefox-esr", "firefox"),
    args: (url, profile) => {
      const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${value});\n`);
      writeFileSync(join(profile, "user.js"), lines.join(""));
      return ["--headless", "--no-remote", "--profile", profile, url];
    },
  };
}

function webkit(tier: string, env: Readonly<Record<string, string>>, gate: boolean): Browser {
  return {
    name: `webkit${tier}`,
    gate,
    // a window needs a display
    candidates: () =>
      onPath("xvfb-run").flatMap(([xvfb]) =>
        ["webkit2gtk-4.1", "webkit2gtk-4.0"].map((version) => {
          return [xvfb!, "-a", `/usr/lib/x86_64-linux-gnu/${version}/MiniBrowser`];
        }),
      ),
    env: {
      GDK_BACKEND: "x11",
      WEBKIT_DISABLE_COMPOSITING_MODE: "1",
      LIBGL_ALWAYS_SOFTWARE: "1",
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1", // there is no user namespace in a container
      JSC_useSharedArrayBuffer: "1", // Safari has it on an isolated page, this browser if told
      ...env,
    },
    args: (url) => [url],
  };
}

/** Each in its ordinary tier. */
export const BROWSERS = {
  chromium: chromium("", "", true),
  firefox: firefox("", {}, true),
  webkit: webkit("", {}, true),
};

export const browsers: readonly Platform[] = [
  BROWSERS.chromium,
  chromium(" baseline", "--liftoff-only", false),
  chromium(" optimizing", "--no-liftoff", false),
  BROWSERS.firefox,
  firefox(" baseline", { "javascript.options.wasm_optimizingjit": false }, true),
  firefox(" optimizing", { "javascript.options.wasm_baselinejit": false }, true),
  BROWSERS.webkit,
  webkit(" baseline", { JSC_useOMGJIT: "0" }, false),
].map(platform);
