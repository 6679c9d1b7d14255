// <bitgrad-lab>: train a network in a page. This file is what a page loads; the parts are beside it.

import { type Claim, defaultRecipe, type Recipe } from "../recipe.ts";
import type { Frame } from "../trainer/protocol.ts";
import { startTrainer } from "../trainer/start.ts";
import { buildCompact, buildWhole } from "./cards.ts";
import { later, sentence } from "./dom.ts";
import { Lab } from "./lab.ts";
import { groupOf } from "./later.ts";
import { styles } from "./style.ts";

/**
 * The lab as an element.
 *
 * Attributes: `recipe`, a recipe as JSON; `link`, the part of a lab's link from "#" on; `compact`, only the picture,
 * the controls and the numbers; `autoplay`, trains at once; `remember`, keeps the settings in the page's address and in
 * the browser's storage. It fires `bitgrad-frame` with a `Frame` as its detail, and `bitgrad-change` when settings have
 * changed.
 *
 * @example
 * ```html
 * <script defer src="scripts/bitgradTrainer.js"></script>
 * <script defer src="scripts/lab.js"></script>
 * <bitgrad-lab compact></bitgrad-lab>
 * ```
 */
export class BitgradLab extends HTMLElement {
  static readonly observedAttributes = ["recipe", "link"];
  #lab: Lab | undefined;
  #isBuilt = false;

  connectedCallback(): void {
    this.#lab ??= this.#build();
    this.#lab.connect(this);
    if (this.hasAttribute("remember")) addEventListener("hashchange", this.#addressed);
    void this.#begin();
  }

  disconnectedCallback(): void {
    removeEventListener("hashchange", this.#addressed);
    this.#lab?.disconnect();
  }

  attributeChangedCallback(): void {
    if (this.isConnected && this.#isBuilt) void this.#begin();
  }

  /** The settings. Setting them begins anew at epoch 0. */
  get recipe(): Recipe {
    return this.#lab?.recipe ?? defaultRecipe();
  }

  set recipe(recipe: Recipe) {
    this.#lab?.open(recipe, undefined);
  }

  /** What the training made last; undefined before it is loaded. */
  get frame(): Frame | undefined {
    return this.#lab?.run.frame;
  }

  /** Trains until it is paused, or to the end of epoch `until`. */
  train(until?: number): void {
    this.#lab?.train(until);
  }

  /** Stops after the epoch that is being trained. */
  pause(): void {
    this.#lab?.pause();
  }

  /** Trains one batch. */
  step(): void {
    this.#lab?.run.request({ type: "step" });
  }

  /** Trains one epoch. */
  epoch(): void {
    this.#lab?.run.request({ type: "epoch" });
  }

  /** Begins anew at epoch 0, with the same settings. */
  startOver(): void {
    this.#lab?.load(false);
  }

  /** The bytes of the network as `Network.save` writes them. */
  async save(): Promise<Uint8Array> {
    if (this.#lab === undefined) throw new Error("the lab is in no page yet");
    return this.#lab.run.save();
  }

  async #begin(): Promise<void> {
    const lab = this.#lab!;
    const goesOn = this.hasAttribute("autoplay");
    let wrong = "";
    try {
      const found = await this.#opening();
      if (found !== undefined) return lab.open(found.recipe, found.claim, goesOn);
    } catch (error) {
      wrong = sentence(error);
    }
    lab.load(goesOn);
    lab.sync();
    lab.notice(wrong, "bad");
  }

  /** What the attributes and the address say it should begin with. */
  async #opening(): Promise<{ readonly recipe: Recipe; readonly claim?: Claim | undefined } | undefined> {
    const [link, recipe] = [this.getAttribute("link"), this.getAttribute("recipe")];
    if (link) return (await groupOf("bitgradMore")).fromLink(link);
    if (recipe) return { recipe: (await groupOf("bitgradMore")).readRecipe(completed(JSON.parse(recipe))) };
    if (!this.hasAttribute("remember") || (!isLink(location.hash) && !hasKept())) return undefined;
    return (await groupOf("bitgradMore")).opened(isLink(location.hash) ? location.hash : "");
  }

  /** Keeps the settings in the address and the storage, a moment after they have changed. */
  readonly #keep = later(700, () => {
    void groupOf("bitgradMore")
      .then(({ keep }) => keep(this.recipe))
      .then((isStored) => {
        if (!isStored)
          this.#lab?.remark("This browser stores nothing for the page: the settings are in its address alone.");
      })
      .catch((error: unknown) => this.#lab?.notice(sentence(error), "bad"));
  });

  readonly #addressed = () => {
    if (isLink(location.hash)) void this.#begin();
  };

  #build(): Lab {
    const lab = new Lab(startTrainer, {
      frame: (frame) =>
        this.dispatchEvent(new CustomEvent("bitgrad-frame", { detail: frame, bubbles: true, composed: true })),
      changed: () => {
        this.dispatchEvent(new CustomEvent("bitgrad-change", { bubbles: true, composed: true }));
        if (this.hasAttribute("remember")) this.#keep();
      },
    });
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [styles()];
    if (this.hasAttribute("compact")) buildCompact(lab);
    else buildWhole(lab);
    shadow.replaceChildren(lab.root);
    this.#isBuilt = true;
    return lab;
  }
}

const isLink = (hash: string) => /^#\d/.test(hash);

/** Whether there may be settings of an earlier visit. */
function hasKept(): boolean {
  try {
    return localStorage.getItem("bitgrad-lab") !== null;
  } catch {
    return false;
  }
}

/** A recipe with its defaults where it says nothing. */
function completed(given: Partial<Recipe>): unknown {
  const usual = defaultRecipe(given.data);
  return {
    ...usual,
    ...given,
    network: { ...usual.network, ...given.network },
    training: { ...usual.training, ...given.training },
  };
}

if (!customElements.get("bitgrad-lab")) customElements.define("bitgrad-lab", BitgradLab);
