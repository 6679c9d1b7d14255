// The programs that a page loads when they are first needed. Each is a script of one function, whose text a worker
// takes, too: nothing is loaded twice, and a page from a disk, which may not load modules, has them as well.

import type * as tables from "../data/tables.ts";
import type * as takeaway from "../takeaway/takeaway.ts";
import type * as trainer from "./worker-main.ts";

interface Programs {
  bitgradTrainer: typeof trainer;
  /** The same with threads. */
  bitgradThreads: typeof trainer;
  bitgradTables: typeof tables;
  bitgradTakeaway: typeof takeaway;
  /** The characters of `packDigits`. */
  bitgradDigits: { readonly digits: string };
}

export type ProgramName = keyof Programs;
export type Program<Name extends ProgramName> = () => Programs[Name];

declare global {
  /** Where the page's first script came from; the others are beside it, and know it by this. */
  var bitgradFolder: string | undefined;
}

if (typeof document !== "undefined" && document.currentScript !== null) {
  globalThis.bitgradFolder ??= (document.currentScript as HTMLScriptElement).src;
}
const loading = new Map<string, Promise<void>>();

/** A program by its name; its script is beside this one. */
export async function programOf<Name extends ProgramName>(name: Name): Promise<Program<Name>> {
  return (await scriptOf(name)) as Program<Name>;
}

/** The function of a script of that name, which is loaded once. */
export async function scriptOf(name: string): Promise<() => unknown> {
  const known = () => (globalThis as { readonly [name: string]: unknown })[name] as (() => unknown) | undefined;
  if (known() === undefined) {
    const asked = loading.get(name) ?? load(name);
    loading.set(name, asked);
    await asked.catch((error: unknown) => {
      loading.delete(name); // offline now, perhaps not later
      throw error;
    });
  }
  const program = known();
  if (program === undefined) throw new Error(`${name}.js is damaged: reload the page`);
  return program;
}

function load(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = new URL(`${name}.js`, globalThis.bitgradFolder || document.baseURI).href;
    element.onload = () => resolve();
    element.onerror = () => reject(new Error(`${name}.js can't be loaded: is this page offline?`));
    document.head.append(element);
  });
}
