// What a link claims of its training, and what came of it here.

import type { Context, Part } from "./context.ts";
import { button, count, h, whole } from "./dom.ts";

const SHORT = 12;

export class ClaimBanner implements Part {
  readonly root = h("div", { class: "claim", role: "status", hidden: true });
  readonly #context: Context;
  readonly #progress = h("progress", { "aria-label": "Epochs trained again" });
  #key = "";

  constructor(context: Context) {
    this.#context = context;
  }

  sync(): void {
    this.draw();
  }

  draw(): void {
    const { claim, verdict, isTraining, run } = this.#context;
    this.root.hidden = claim === undefined;
    if (claim === undefined) return;
    this.#progress.max = Math.max(1, claim.epochs);
    this.#progress.value = run.frame?.epoch ?? 0;
    const key = `${claim.digest} ${claim.epochs} ${verdict?.same} ${isTraining}`;
    if (key === this.#key) return;
    this.#key = key;
    this.root.className = verdict === undefined ? "claim" : verdict.same ? "claim good" : "claim bad";
    this.root.replaceChildren(...(verdict === undefined ? this.#open() : verdict.same ? this.#same() : this.#parted()));
  }

  #open(): HTMLElement[] {
    const { claim, isTraining, again } = this.#context;
    const epochs = count(claim!.epochs, "epoch");
    const digest = h("code", {}, claim!.digest.slice(0, SHORT));
    const says = h("p", {}, `Its training came to the digest `, digest, ` after ${epochs}.`);
    if (isTraining) return [h("b", {}, "Opened from a link: training it again…"), says, this.#progress];
    return [h("b", {}, "Opened from a link."), says, button("Train again and compare", again, { class: "primary" })];
  }

  #same(): HTMLElement[] {
    const { claim, run } = this.#context;
    const all = whole(run.loaded?.parameters ?? 0);
    const epochs = count(claim!.epochs, "epoch");
    return [
      h("b", {}, "The same bits."),
      h(
        "p",
        {},
        `This browser trained the link's ${epochs} again, and all ${all} parameters came out the same, bit for bit.`,
      ),
    ];
  }

  #parted(): HTMLElement[] {
    const { claim, verdict } = this.#context;
    const { agreed, parted } = verdict!;
    const where =
      parted === undefined
        ? ""
        : agreed > 0
          ? ` They are the same up to epoch ${whole(agreed)}, and differ at epoch ${whole(parted)}.`
          : ` They differ at epoch ${whole(parted)} already.`;
    return [
      h("b", {}, "Not the same bits."),
      h(
        "p",
        {},
        `After ${count(claim!.epochs, "epoch")} this browser has another digest than the link claims.${where}`,
      ),
    ];
  }
}
