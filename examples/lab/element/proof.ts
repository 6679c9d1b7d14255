// The proof: a digest of the parameters after each epoch, a link that holds all of the training, and, opened from a
// link, whether it came out the same.

import { last } from "../arrays.ts";
import type { Claim } from "../recipe.ts";
import type { Verdict } from "../trainer/protocol.ts";
import type { Context, Part } from "./context.ts";
import { button, h, say, sentence, whole } from "./dom.ts";
import type { Run } from "./run.ts";

const SHORT = 12; // digits of a digest that are shown
const LISTED = 10;

/** The link to a training as it stands, with its digests, and what whoever opens it must know. */
export type MakeLink = () => Promise<{ readonly address: string; readonly remarks: readonly string[] }>;

export class Proof implements Part {
  readonly root: HTMLElement;
  readonly #context: Context;
  readonly #digest = h("code", { class: "digest" });
  readonly #epoch = h("span", { class: "note" });
  readonly #whole: HTMLButtonElement;
  readonly #list = h("ol", { class: "ladder" });
  readonly #link = h("input", { class: "link", readonly: true, "aria-label": "Link to this training" });
  readonly #length = h("small", { class: "note", role: "status" });
  readonly #linkRow: HTMLElement;
  #isWhole = false;
  #listKey = "";

  constructor(context: Context, link: MakeLink) {
    this.#context = context;
    this.#whole = button("All digits", () => this.#toggle(), { class: "quiet", "aria-expanded": "false" });
    this.#linkRow = h("div", { class: "stack", hidden: true }, this.#link, this.#length);
    const share = button("Make a link", () => void this.#share(link), { class: "primary" });
    this.root = h(
      "div",
      { class: "stack" },
      h(
        "p",
        { class: "note" },
        "The digest is made of every bit of the parameters. Whoever trains the same settings gets the same digest, in every browser.",
      ),
      h("div", { class: "row" }, this.#digest, this.#whole),
      this.#epoch,
      h("div", { class: "row" }, share),
      this.#linkRow,
      h("details", { ontoggle: () => this.draw() }, h("summary", {}, "Digests of the epochs"), this.#list),
    );
  }

  draw(): void {
    const { frame, ladder, isWaiting } = this.#context.run;
    const digest = isWaiting ? "" : (frame?.digest ?? "");
    const known = digest || this.#newest() || "";
    say(this.#digest, known === "" ? "–" : this.#isWhole ? known : known.slice(0, SHORT));
    const at = digest !== "" ? frame!.epoch : last([...ladder.keys()]);
    say(this.#epoch, known === "" ? "" : at === 0 ? "before the first epoch" : `after epoch ${whole(at!)}`);
    const details = this.#list.parentElement as HTMLDetailsElement;
    if (!details.open) return;
    const key = `${ladder.size} ${last([...ladder.keys()])} ${this.#isWhole}`;
    if (key === this.#listKey) return;
    this.#listKey = key;
    const rungs = [...ladder].sort(([a], [b]) => b - a).slice(0, this.#isWhole ? 256 : LISTED);
    this.#list.replaceChildren(
      ...rungs.map(([epoch, each]) =>
        h("li", {}, h("span", {}, whole(epoch)), h("code", {}, this.#isWhole ? each : each.slice(0, SHORT))),
      ),
    );
  }

  #newest(): string | undefined {
    return last([...this.#context.run.ladder.values()]);
  }

  #toggle(): void {
    this.#isWhole = !this.#isWhole;
    this.#whole.setAttribute("aria-expanded", String(this.#isWhole));
    say(this.#whole, this.#isWhole ? "Fewer digits" : "All digits");
    this.#listKey = "";
    this.draw();
  }

  async #share(make: MakeLink): Promise<void> {
    let link: Awaited<ReturnType<MakeLink>>;
    try {
      link = await make();
    } catch (error) {
      return this.#context.notice(sentence(error), "bad");
    }
    const { address, remarks } = link;
    this.#linkRow.hidden = false;
    this.#link.value = address;
    this.#link.select();
    const size = `${whole(address.length)} characters`;
    const isCopied = await copy(address);
    const how = isCopied
      ? `Copied, ${size}. Whoever opens it trains the same, and sees the proof.`
      : `${size}: copy it from here.`;
    say(this.#length, [how, ...remarks].join(" "));
  }
}

/** Puts a text where one can paste it from; false where the browser forbids it. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Trains what a link claims, and finds out where it parts from it, if it does. */
export async function judge(run: Run, claim: Claim): Promise<Verdict> {
  if (run.frame?.epoch === claim.epochs && run.frame.digest === claim.digest)
    return { same: true, claim, agreed: claim.epochs };
  const own = await run.recall(claim.epochs);
  if (own.digest === claim.digest) return { same: true, claim, agreed: claim.epochs };
  let agreed = 0;
  for (const { epoch, digest } of [...claim.earlier].sort((a, b) => a.epoch - b.epoch)) {
    const mine = run.ladder.get(epoch) ?? (await run.recall(epoch)).digest;
    if (!mine.startsWith(digest)) return { same: false, claim, agreed, parted: epoch };
    agreed = epoch;
  }
  return { same: false, claim, agreed, parted: claim.epochs };
}
