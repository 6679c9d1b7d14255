// What a page can know of the browser and the machine it runs in; and how one that is driven tells its server what it
// found.

import { measureClockStep } from "../clock.ts";

/** From package.json, by the build. */
declare const BITGRAD_VERSION: string;

export interface Machine {
  readonly date: string;
  readonly bitgrad: string;
  readonly browser: string;
  readonly userAgent: string;
  readonly platform: string;
  readonly cores: number;
  readonly crossOriginIsolated: boolean;
  /** The clock's resolution in milliseconds. */
  readonly clockStepMs: number;
}

export function describeMachine(): Machine {
  const { userAgent, platform, hardwareConcurrency } = navigator;
  return {
    date: new Date().toISOString(),
    bitgrad: BITGRAD_VERSION,
    browser: browserName(userAgent),
    userAgent,
    platform,
    cores: hardwareConcurrency,
    crossOriginIsolated,
    clockStepMs: Number(measureClockStep().toPrecision(3)),
  };
}

// every browser calls itself its elders too: the first that matches is what it is
const BROWSERS: readonly (readonly [string, RegExp])[] = [
  ["Edge", /\bEdg\w*\/([\d.]+)/],
  ["Firefox", /\b(?:Firefox|FxiOS)\/([\d.]+)/],
  ["Chrome", /\b(?:Chrome|HeadlessChrome|CriOS)\/([\d.]+)/],
  ["Safari or WebKit", /\bVersion\/([\d.]+).*Safari/],
];

function browserName(userAgent: string): string {
  for (const [name, pattern] of BROWSERS) {
    const found = pattern.exec(userAgent);
    if (found !== null) return `${name} ${found[1]!.replace(/(\.0)+$/, "")}`;
  }
  return "unknown";
}

/** Does nothing without ?post in the page's address. */
export async function report(path: "/result" | "/failure", body: string): Promise<void> {
  if (new URLSearchParams(location.search).has("post")) await fetch(path, { method: "POST", body });
}
