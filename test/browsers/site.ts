// The built lab, served as a user serves it, and what tests do in its pages.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Tab, until } from "./drive.ts";

/** `npx bitgrad lab` on a free port. */
export async function serveLab(): Promise<{ url: string; close(): void }> {
  const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
  const child = spawn(process.execPath, [cli, "lab", "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\S+/.exec(line)?.[0];
    if (url !== undefined) return { url, close: () => child.kill() };
  }
  throw new Error("bitgrad lab ended without an address");
}

/** Clicks the lab's button, link or summary with this name. */
export function press(tab: Tab, name: string): Promise<void> {
  return tab.click((name) => {
    const lab = document.querySelector("bitgrad-lab")?.shadowRoot;
    const roots: ParentNode[] = lab ? [lab, document] : [document];
    const all = roots.flatMap((root) => [...root.querySelectorAll("button, summary, a, label")]);
    return all.find((each) => (each.getAttribute("aria-label") ?? each.textContent ?? "").trim() === name);
  }, name);
}

/** Waits until the lab can train. */
export function ready(tab: Tab): Promise<unknown> {
  return until(tab, "the lab is ready", () => {
    const button = document.querySelector("bitgrad-lab")?.shadowRoot?.querySelector<HTMLButtonElement>("button.main");
    return button !== null && button !== undefined && !button.disabled;
  });
}

/** Trains to the end of this epoch; the digest after it. */
export function trainTo(tab: Tab, epoch: number): Promise<string> {
  return until(
    tab,
    `epoch ${epoch}`,
    (epoch) => {
      const lab = document.querySelector("bitgrad-lab") as unknown as {
        frame?: { epoch: number; running: boolean; digest: string };
        train(until: number): void;
      };
      if (lab.frame === undefined || lab.frame.running) return undefined;
      if (lab.frame.epoch === epoch) return lab.frame.digest;
      lab.train(epoch);
      return undefined;
    },
    epoch,
  );
}
