// Browsers without a driver: one is started on a page's address, and ended when the page has told its server what it
// found.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { start } from "./processes.ts";
import { type Command, onPath, type Program } from "./programs.ts";

/** A browser in one of its tiers. */
export interface Browser extends Program {
  readonly name: string;
  /** CI fails where it is absent. */
  readonly gate: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** What comes after the command; the profile is an empty folder. */
  args(url: string, profile: string): readonly string[];
}

export interface Visit<T> {
  readonly url: string;
  /** Where the browser's profile is made. */
  readonly folder: string;
  /** What the page is visited for; then the browser is ended. */
  found(control: Duplex): Promise<T>;
  readonly limitMs: number;
}

export async function visit<T>(
  { args, env }: Browser,
  command: Command,
  { url, folder, found, limitMs }: Visit<T>,
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

export function chromium(tier: string, flags: string, gate: boolean): Browser {
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

export function firefox(tier: string, preferences: Readonly<Record<string, boolean>>, gate: boolean): Browser {
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

export function webkit(tier: string, env: Readonly<Record<string, string>>, gate: boolean): Browser {
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
