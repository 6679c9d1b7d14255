// What the element's parts know of the whole.

import { type Claim, type Machine, type Recipe, taskOf } from "../recipe.ts";
import { type Facts, factsOf } from "../rules.ts";
import type { Verdict } from "../trainer/protocol.ts";
import type { Theme } from "./colors.ts";
import type { Run } from "./run.ts";

export interface Context {
  readonly recipe: Recipe;
  readonly machine: Machine;
  readonly theme: Theme;
  /** The training that the controls are about, and the one beside it if two are compared. */
  readonly run: Run;
  readonly other: Run | undefined;
  /** The bytes of a recipe whose data is a file. */
  readonly file: Uint8Array | undefined;
  /** What a link claims, and what came of it. */
  readonly claim: Claim | undefined;
  readonly verdict: Verdict | undefined;
  /** The unit whose picture is shown large; undefined: the output's. */
  readonly looked: Unit | undefined;
  /** Changes settings; the training begins anew with them, and goes on if it ran. */
  set(change: Partial<Recipe>, file?: Uint8Array): void;
  /** Gives a recipe the file that it was made with. */
  bring(file: Uint8Array): void;
  /** Trains a link's training again. */
  readonly again: () => void;
  setMachine(change: Partial<Machine>): void;
  /** Trains these settings beside the first; undefined ends that. */
  compareWith(settings: { readonly recipe: Recipe; readonly machine: Machine } | undefined): void;
  look(unit: Unit | undefined): void;
  /** What is still needed before there can be a training, in words. */
  readonly lacks: string | undefined;
  /** Training, or about to. */
  readonly isTraining: boolean;
  /** Says something in the page: what happened, or what failed. */
  notice(words: string, kind?: "good" | "bad"): void;
  /** Draws again when the next frame comes. */
  redraw(): void;
}

/** What the rules say by: the loss and the activation that come of the settings. */
export function factsNow({ recipe, run }: Context): Facts {
  return factsOf(recipe, taskOf(recipe.data), run.loaded?.outputs.length ?? 2);
}

export interface Unit {
  /** −1: the inputs. */
  readonly layer: number;
  readonly unit: number;
}

/** A part of the element: a piece of the page, and what it does when something has changed. */
export interface Part {
  readonly root: HTMLElement;
  /** Settings have changed, or the data and the network are known. */
  sync?(): void;
  /** There is a newer frame, or the theme or the size has changed. */
  draw?(): void;
}
