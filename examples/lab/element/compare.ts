// Two trainings side by side: where they part, and by how much.

import { last } from "../arrays.ts";
import { compareLadders, type Ladders, partingOf } from "../compare.ts";
import type { Machine } from "../recipe.ts";
import type { Context, Part } from "./context.ts";
import { button, count, digits, h, say, sentence, whole } from "./dom.ts";
import type { OutputPicture } from "./output.ts";
import type { Run } from "./run.ts";

const SHORT = 8;
const LISTED = 6;

export class Compare implements Part {
  readonly root: HTMLElement;
  readonly #context: Context;
  readonly #choose = h("div", { class: "row" });
  readonly #beside = h("div", { class: "beside" });
  readonly #picture: OutputPicture;
  readonly #name = h("h3");
  readonly #words = h("p", { role: "status" });
  readonly #rungs = h("tbody");
  readonly #find: HTMLButtonElement;
  #key = "";
  #isFinding = false;
  #found = "";

  /** @param picture - That of B's output. */
  constructor(context: Context, picture: OutputPicture) {
    this.#context = context;
    this.#picture = picture;
    this.#find = button("Where do they part?", () => void this.#search(), { class: "primary" });
    const head = h(
      "thead",
      {},
      h("tr", {}, ...["Epoch", "A", "B", ""].map((text) => (text ? h("th", { scope: "col" }, text) : h("td")))),
    );
    const table = h("table", { class: "rungs", "aria-label": "Digests of A and B" }, head, this.#rungs);
    const end = button("End the comparison", () => context.compareWith(undefined), { class: "quiet" });
    this.#beside.append(
      h("div", {}, this.#name, this.#picture.root),
      h(
        "div",
        { class: "stack" },
        this.#words,
        h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Digests" }, table),
        h("div", { class: "row" }, this.#find, end),
      ),
    );
    this.root = h("div", { class: "stack" }, this.#choose, this.#beside);
    this.#build();
  }

  sync(): void {
    this.#key = "";
    this.#found = "";
    this.#build();
    this.#picture.sync();
  }

  draw(): void {
    const { run, other } = this.#context;
    if (other === undefined) return;
    this.#picture.draw();
    const ladders = compareLadders(run.ladder, other.ladder);
    const { common, apart } = ladders;
    const key = `${common.length} ${last(common)} ${this.#found} ${this.#isFinding}`;
    if (key === this.#key) return;
    this.#key = key;
    const at = apart === undefined ? common.length : common.indexOf(apart);
    const shown = new Set([...common.slice(Math.max(0, at - 2), at + 2), ...common.slice(-LISTED)]);
    this.#rungs.replaceChildren(
      ...[...shown].map((epoch) => {
        const [a, b] = [run.ladder.get(epoch)!, other.ladder.get(epoch)!];
        return h(
          "tr",
          { class: a === b ? "same" : "apart" },
          h("th", { scope: "row" }, whole(epoch)),
          h("td", {}, h("code", {}, a.slice(0, SHORT))),
          h("td", {}, h("code", {}, b.slice(0, SHORT))),
          h("td", {}, a === b ? "same" : "differs"),
        );
      }),
    );
    this.#find.disabled = this.#isFinding || apart === undefined;
    say(this.#words, this.#found || summary(ladders));
  }

  #build(): void {
    const { recipe, machine, other, run } = this.#context;
    const isReference = machine.engine === "reference" || run.loaded?.engine === "reference";
    const engine = isReference ? "wasm" : "reference";
    const begin = (name: string, change: Partial<Machine>) => () => {
      say(this.#name, `B: ${name}`);
      this.#context.compareWith({ recipe, machine: { ...machine, ...change } });
    };
    this.#choose.hidden = other !== undefined;
    this.#beside.hidden = other === undefined;
    const file = recipe.data.kind === "file";
    this.#choose.replaceChildren(
      h(
        "p",
        { class: "note wide" },
        "B trains beside A. The page shows their digests next to each other, and finds the epoch where they part.",
      ),
      button(
        isReference ? "B: the same in WebAssembly" : "B: the same in plain JavaScript",
        begin(isReference ? "in WebAssembly" : "in plain JavaScript", { engine }),
      ),
      button("B: these settings; then change A", begin("the settings of before", {}), { disabled: file }),
    );
  }

  async #search(): Promise<void> {
    const { run, other } = this.#context;
    if (other === undefined || this.#isFinding) return;
    this.#isFinding = true;
    say(this.#words, "Looking for the epoch, by training parts of both again…");
    try {
      this.#found = await partingWords(run, other);
    } catch (error) {
      this.#found = `The search was ended: ${sentence(error)}`;
    }
    this.#isFinding = false;
    this.draw();
  }
}

function summary({ common, apart }: Ladders): string {
  if (common.length === 0) return "Train: the digests of both come next to each other.";
  if (apart === undefined) {
    return `The same bits in all ${whole(common.length)} epochs that were compared, up to epoch ${whole(last(common)!)}.`;
  }
  return apart === 0 ? "They begin with different parameters." : `They differ at epoch ${whole(apart)}.`;
}

/** The first epoch whose digests differ, and by how much the parameters do, in words. */
async function partingWords(a: Run, b: Run): Promise<string> {
  const parting = await partingOf(a, b);
  if (parting === undefined) return "They don't part.";
  const { epoch, difference } = parting;
  const { parameters, different, largest, ulps } = difference;
  const where =
    epoch === 0
      ? "They part before the first epoch: they begin with different parameters."
      : `They part at epoch ${whole(epoch)}.`;
  if (different === undefined)
    return `${where} A has ${whole(parameters[0])} parameters and B ${whole(parameters[1])}.`;
  const places = ulps === 1 ? ", the last bit of a number" : "";
  return `${where} There, ${whole(different)} of ${count(parameters[0], "parameter")} differ, by ${digits(largest!)} at most${places}.`;
}
