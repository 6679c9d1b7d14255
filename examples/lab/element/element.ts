// <bitgrad-lab>: train a network in a page. This file is what a page loads; the parts are beside it.

import { type Claim, defaultRecipe, isPlane, type Recipe, taskOf } from "../recipe.ts";
import type { Frame } from "../trainer/protocol.ts";
import { startTrainer } from "../trainer/start.ts";
import type { Part } from "./context.ts";
import { DataPanel } from "./data-panel.ts";
import { button, h, icon, later, say, sentence } from "./dom.ts";
import { Insight } from "./insight.ts";
import { Lab } from "./lab.ts";
import { groupOf, whenSeen, whenWanted } from "./later.ts";
import { LayerEditor } from "./layer-editor.ts";
import { NetworkPicture } from "./network-picture.ts";
import { OutputPicture } from "./output.ts";
import { Proof } from "./proof.ts";
import { Settings } from "./settings.ts";
import { styles } from "./style.ts";

/**
 * The lab as an element.
 *
 * Attributes: `recipe`, a recipe as JSON; `link`, the part of a lab's link from "#" on; `compact`, only the picture, the
 * controls and the numbers; `autoplay`, trains at once; `remember`, keeps the settings in the page's address and in
 * the browser's storage. It fires `bitgrad-frame` with a `Frame` as its detail, and `bitgrad-change` when settings have
 * changed.
 *
 * @example
 * ```html
 * <script defer src="scripts/trainer.js"></script>
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

function card(title: string, kind: string, ...children: Node[]): HTMLElement {
  return h("section", { class: `card ${kind}`, "aria-label": title }, h("h2", {}, title), ...children);
}

/** The picture of the output, the field for digits in its place, and what is chosen about them. */
function outputParts(lab: Lab) {
  const output = new OutputPicture(lab);
  output.root.dataset.shows = "output";
  const isDigits = () => lab.recipe.data.kind === "digits";
  const digits = whenWanted("bitgradMore", isDigits, ({ DigitField }) => new DigitField(lab));
  lab.add(output);
  lab.add(digits, 100);
  return { output, digits };
}

function buildCompact(lab: Lab): void {
  const { output, digits } = outputParts(lab);
  lab.root.classList.add("compact");
  lab.root.append(h("div", { class: "card" }, output.root, digits.root));
}

function dataCard(lab: Lab, output: OutputPicture): HTMLElement {
  let isOpen = false;
  const isOwn = () => isOpen || lab.recipe.data.kind === "table" || lab.recipe.data.kind === "file";
  const own = whenWanted("bitgradMore", isOwn, ({ OwnData }) => new OwnData(lab));
  const isDrawn = () => lab.recipe.data.kind === "points";
  const points = whenWanted("bitgradMore", isDrawn, ({ PointsPanel }) => new PointsPanel(lab, output));
  const data = new DataPanel(lab, own.root, points.root, (isOwnNow) => {
    isOpen = isOwnNow;
    lab.sync();
  });
  lab.add(own);
  lab.add(points);
  lab.add(data, 1000);
  return card("Data", "data", data.root);
}

function networkCard(lab: Lab): HTMLElement {
  const select = (layer: number) => {
    editor.selected = layer;
    lab.sync();
  };
  const editor = new LayerEditor(lab, select);
  const picture = new NetworkPicture(lab, {
    select,
    get selected() {
      return editor.selected;
    },
  });
  picture.root.dataset.shows = "network";
  const settings = new Settings(lab);
  const add = button("Layer", () => editor.add(), { class: "quiet" });
  add.prepend(icon("plus"));
  lab.add(editor);
  lab.add(picture, 33);
  lab.add(settings);
  return card("Network", "network", picture.root, h("div", { class: "row" }, add), editor.root, settings.root);
}

function outputCard(lab: Lab, output: OutputPicture, ...others: HTMLElement[]): HTMLElement {
  const check = (words: string, isOn: boolean, set: (value: boolean) => void) => {
    const input = h("input", { type: "checkbox", checked: isOn, onchange: () => set(input.checked) });
    return h("label", { class: "inline" }, input, words);
  };
  const showValidation = check("Validation points", true, (value) => {
    output.withValidation = value;
  });
  const showDecision = check("Only the decision", false, (value) => {
    output.sharp = value;
  });
  const kinds = h("div", { class: "dots" }, h("span", { class: "full" }, "training"), h("span", {}, "validation"));
  output.root.append(
    h("div", { class: "stack" }, kinds, h("div", { class: "row wide-gap" }, showValidation, showDecision)),
  );
  const sync = () => {
    showDecision.hidden = taskOf(lab.recipe.data) === "numbers";
  };
  lab.add({ root: kinds, sync }, 1000);
  return card("Output", "output", output.root, ...others);
}

/** Of data that are no plane, the output card has the table of classes. */
function placeOfClasses(lab: Lab, insight: Insight): Part {
  const words = h("p", { class: "note" });
  const root = h("div", { class: "stack" });
  root.dataset.shows = "insight";
  return {
    root,
    sync() {
      const { data } = lab.recipe;
      const isPicture = isPlane(data) || data.kind === "digits";
      const place = isPicture ? insight.root : root;
      if (insight.classes.parentElement !== place) place.append(insight.classes);
      const isNumbers = taskOf(data) === "numbers";
      say(
        words,
        isPicture
          ? ""
          : isNumbers
            ? "These data lie in no plane, so there is no picture. The curves show how near the network comes."
            : "These data lie in no plane. The table shows which classes the network takes for which.",
      );
      if (words.parentElement === null) root.prepend(words);
      root.hidden = isPicture;
    },
  };
}

function buildWhole(lab: Lab): void {
  const { output, digits } = outputParts(lab);
  const proof = new Proof(lab, async () => {
    const { claimOf, linkOf } = await groupOf("bitgradMore");
    return linkOf(lab.recipe, await claimOf(lab.run));
  });
  const insight = new Insight(lab);
  insight.root.dataset.shows = "insight";
  const instead = placeOfClasses(lab, insight);
  const curves = whenSeen("bitgradCurves", ({ Curves }) => new Curves(lab));
  curves.root.classList.add("curves-slot");
  const compare = whenSeen("bitgradMore", ({ Compare }) => new Compare(lab, new OutputPicture(lab, () => lab.other)));
  const take = whenSeen("bitgradMore", ({ Take }) => new Take(lab, output));
  const cards = h(
    "div",
    { class: "main-grid" },
    dataCard(lab, output),
    networkCard(lab),
    h("div", { class: "side" }, outputCard(lab, output, digits.root, instead.root), card("Proof", "proof", proof.root)),
  );
  lab.add(proof, 100);
  lab.add(curves, 120);
  lab.add(insight, 120);
  lab.add(instead, 1000);
  lab.add(compare, 100);
  lab.add(take, 1000);
  const more = [
    card("Curves", "curves wide-card", curves.root),
    card("Inside", "inside", insight.root),
    card("Compare", "compare", compare.root),
    card("Take it along", "take wide-card", take.root),
  ];
  lab.root.append(cards, h("div", { class: "more-grid" }, ...more));
}

if (!customElements.get("bitgrad-lab")) customElements.define("bitgrad-lab", BitgradLab);
