// Controls with their labels, each bound to one setting: it shows the setting, changes it, and says why it can't.

import type { Range } from "../choices.ts";
import { type Child, h, say } from "./dom.ts";

/** Why something can't be chosen now; undefined if it can. */
export type Reason = () => string | undefined;

interface Bound<T> {
  get(): T;
  set(value: T): void;
  readonly reason?: Reason;
  readonly hint?: string;
}

interface NumberOptions extends Bound<number> {
  readonly min: number;
  readonly max: number;
  /** 1 by default: whole numbers. */
  readonly step?: number | "any";
  readonly list?: readonly number[];
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly reason?: Reason;
}

let ids = 0;
export const newId = () => `f${++ids}`;

export class Fields {
  readonly #syncs: (() => void)[] = [];

  /** Shows what the settings are now. */
  sync(): void {
    for (const sync of this.#syncs) sync();
  }

  /** A number that is typed. */
  number(label: string, { min, max, step = 1, list, ...bound }: NumberOptions): HTMLElement {
    const listId = list && newId();
    const input = h("input", {
      type: "number",
      min,
      max,
      step,
      list: listId,
      inputmode: step === 1 ? "numeric" : "decimal",
    });
    input.addEventListener("change", () => {
      const value = Math.min(max, Math.max(min, step === 1 ? Math.round(input.valueAsNumber) : input.valueAsNumber));
      if (Number.isNaN(value)) input.valueAsNumber = bound.get();
      else bound.set(value);
      input.value = String(bound.get());
    });
    this.#syncs.push(() => {
      if (input !== (input.getRootNode() as ShadowRoot).activeElement) input.value = String(bound.get());
    });
    const options = list && h("datalist", { id: listId }, ...list.map((value) => h("option", { value })));
    return this.#field(label, input, bound, options);
  }

  /** A number that is slid to; its value stands beside the label. */
  range(
    label: string,
    { min, max, step = 1, ...bound }: NumberOptions,
    words: (value: number) => string = String,
  ): HTMLElement {
    const input = h("input", { type: "range", min, max, step });
    const output = h("output");
    const show = () => {
      say(output, words(input.valueAsNumber));
      input.setAttribute("aria-valuetext", output.textContent!);
    };
    input.addEventListener("input", () => {
      show();
      bound.set(input.valueAsNumber);
    });
    this.#syncs.push(() => {
      input.value = String(bound.get());
      show();
    });
    return this.#field(label, input, bound, undefined, output);
  }

  select<T extends string>(label: string, choices: readonly Choice<T>[], bound: Bound<T>): HTMLElement {
    const options = choices.map(({ value, label: text }) => h("option", { value }, text));
    const input = h("select", {}, ...options);
    input.addEventListener("change", () => {
      bound.set(input.value as T);
      input.value = bound.get();
    });
    this.#syncs.push(() => {
      choices.forEach(({ label: text, reason }, k) => {
        const why = reason?.();
        options[k]!.disabled = why !== undefined && choices[k]!.value !== bound.get();
        say(options[k]!, why === undefined ? text : `${text} (${why})`);
      });
      input.value = bound.get();
    });
    return this.#field(label, input, bound);
  }

  check(label: string, bound: Bound<boolean>): HTMLElement {
    const input = h("input", { type: "checkbox" });
    input.addEventListener("change", () => bound.set(input.checked));
    this.#syncs.push(() => {
      input.checked = bound.get();
    });
    return this.#field(label, input, bound);
  }

  #field<T>(
    label: string,
    input: HTMLInputElement | HTMLSelectElement,
    { reason, hint }: Bound<T>,
    more?: Child,
    output?: HTMLElement,
  ): HTMLElement {
    const name = h("span", { class: "name" }, label, output);
    const isCheck = input.type === "checkbox";
    const root = h("div", { class: isCheck ? "field check" : "field" });
    root.append(h("label", {}, ...(isCheck ? [input, name] : [name, input])));
    if (more instanceof Node) root.append(more);
    if (reason === undefined && hint === undefined) return root;
    const note = h("small", { id: newId() }, hint);
    input.setAttribute("aria-describedby", note.id);
    root.append(note);
    this.#syncs.push(() => {
      const why = reason?.();
      input.disabled = why !== undefined;
      say(note, why ?? hint ?? "");
    });
    return root;
  }
}

/** Values that are called what they are. */
export const named = <T extends string>(values: readonly T[]): Choice<T>[] =>
  values.map((value) => ({ value, label: value }));

/** A range of choices.ts as a field has it: its ends are whole steps or a little inside. */
export function boundsOf({ min, max, isAbove, isBelow, isWhole }: Range) {
  return {
    min: isAbove ? Math.max(min, 1e-12) : min,
    max: isBelow ? max - 1e-6 : max,
    step: isWhole ? 1 : ("any" as const),
  };
}
