// Links and kept settings: the page's address holds the settings, and the browser's storage where it is allowed.

import { fromLink, toLink } from "../link.ts";
import type { Claim, Recipe } from "../recipe.ts";
import { programOf } from "../trainer/programs.ts";
import type { Run } from "./run.ts";

const KEPT = "bitgrad-lab";

/** What a training has come to, for a link; a training that has not begun claims nothing. */
export async function claimOf(run: Run): Promise<Claim | undefined> {
  const { frame } = run;
  if (frame === undefined || frame.epoch === 0) return undefined;
  const { epoch: epochs } = frame;
  const digest = frame.batch === 0 && frame.digest !== "" ? frame.digest : (await run.recall(epochs)).digest;
  const earlier = [...run.ladder].filter(([epoch]) => epoch < epochs).map(([epoch, rung]) => ({ epoch, digest: rung }));
  return { epochs, digest, earlier };
}

/** The whole address of a training, and what whoever opens it must know. */
export async function linkOf(recipe: Recipe, claim: Claim | undefined) {
  const { text, remarks } = await toLink(recipe, claim, async (file) =>
    (await programOf("bitgradTables"))().digestOf(file),
  );
  return { address: location.href.replace(/#.*/, "") + text, remarks };
}

/** Writes the settings where the next visit finds them; false where the browser stores nothing. */
export async function keep(recipe: Recipe): Promise<boolean> {
  const { text } = await toLink(recipe, undefined);
  history.replaceState(history.state, "", text);
  try {
    localStorage.setItem(KEPT, text);
    return true;
  } catch {
    return false;
  }
}

/** The settings of the address, else those of the last visit. */
export async function opened(hash: string): Promise<{ readonly recipe: Recipe; readonly claim?: Claim } | undefined> {
  if (hash.length > 1) return fromLink(hash);
  try {
    const kept = localStorage.getItem(KEPT);
    return kept === null ? undefined : await fromLink(kept);
  } catch {
    return undefined; // no storage, or settings of another version
  }
}
