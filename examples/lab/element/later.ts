// Parts of the element that come when they are first seen or asked for, each group from a script of its own.

import { scriptOf } from "../trainer/programs.ts";
import type { Part } from "./context.ts";
import type * as curves from "./curves.ts";
import { button, h, sentence } from "./dom.ts";
import type * as more from "./more.ts";

interface Groups {
  bitgradCurves: typeof curves;
  bitgradMore: typeof more;
}

type Group = keyof Groups;

const made: Partial<Record<Group, unknown>> = {};

/** What the script of that name has. */
export async function groupOf<Name extends Group>(name: Name): Promise<Groups[Name]> {
  const program = await scriptOf(name);
  made[name] ??= program();
  return made[name] as Groups[Name];
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
      this.root.replaceChildren(
        h("p", { class: "note" }, sentence(error)),
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
export function whenSeen<Name extends Group>(name: Name, make: (group: Groups[Name]) => Part): Slot {
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
  make: (group: Groups[Name]) => Part,
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
