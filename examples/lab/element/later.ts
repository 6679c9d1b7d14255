// Parts of the element that come when they are first seen or asked for, each group from a script of its own.

import { type Program, programOf } from "../trainer/programs.ts";
import type { Part } from "./context.ts";
import { button, h } from "./dom.ts";

type Group = "bitgradCurves" | "bitgradMore";
type Parts<Name extends Group> = ReturnType<Program<Name>>;

const made = new Map<Group, unknown>();

/** What the script of that name has. */
async function groupOf<Name extends Group>(name: Name): Promise<Parts<Name>> {
  const program = await programOf(name);
  if (!made.has(name)) made.set(name, program());
  return made.get(name) as Parts<Name>;
}

/** Where a part will be. */
export class Slot implements Part {
  readonly root = h("div", { class: "slot" });
  readonly #make: () => Promise<Part>;
  #part: Part | undefined;
  #isAsked = false;

  constructor(make: () => Promise<Part>) {
    this.#make = make;
  }

  /** Fetches the part, once. */
  async fill(): Promise<void> {
    if (this.#isAsked) return;
    this.#isAsked = true;
    try {
      this.#part = await this.#make();
      this.root.replaceChildren(this.#part.root);
      this.sync();
      this.draw();
    } catch (error) {
      this.#isAsked = false;
      const words = error instanceof Error ? error.message : String(error);
      this.root.replaceChildren(
        h("p", { class: "note" }, words),
        button("Try again", () => void this.fill(), { class: "quiet" }),
      );
    }
  }

  sync(): void {
    this.#part?.sync?.();
  }

  draw(): void {
    this.#part?.draw?.();
  }
}

/** A part that is fetched when its place is seen. */
export function whenSeen<Name extends Group>(name: Name, make: (group: Parts<Name>) => Part): Slot {
  const slot = new Slot(async () => make(await groupOf(name)));
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    void slot.fill();
  });
  seen.observe(slot.root);
  return slot;
}

/** A part that is fetched when the settings want it. */
export function whenWanted<Name extends Group>(
  name: Name,
  isWanted: () => boolean,
  make: (group: Parts<Name>) => Part,
): Slot {
  const slot = new Slot(async () => make(await groupOf(name)));
  const sync = slot.sync.bind(slot);
  slot.sync = () => {
    if (isWanted()) void slot.fill();
    slot.root.hidden = !isWanted();
    sync();
  };
  return slot;
}
