// What the element has, card by card.

import { isPlane, taskOf } from "../recipe.ts";
import type { Part } from "./context.ts";
import { DataPanel } from "./data-panel.ts";
import { button, h, icon, say } from "./dom.ts";
import { Insight } from "./insight.ts";
import type { Lab } from "./lab.ts";
import { groupOf, whenSeen, whenWanted } from "./later.ts";
import { LayerEditor } from "./layer-editor.ts";
import { NetworkPicture } from "./network-picture.ts";
import { OutputPicture } from "./output.ts";
import { Proof } from "./proof.ts";
import { Settings } from "./settings.ts";

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

/** Only the picture, or the field for digits. */
export function buildCompact(lab: Lab): void {
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
  lab.add(own);
  lab.add(points);
  const place = card("Data", "data");
  lab.soon(() => {
    const data = new DataPanel(lab, own.root, points.root, (isOwnNow) => {
      isOpen = isOwnNow;
      lab.sync();
    });
    place.append(data.root);
    lab.add(data, 1000);
  });
  return place;
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
  const place = card("Network", "network", picture.root);
  lab.soon(() => lab.add(picture, 33));
  lab.soon(() => {
    const add = button("Layer", () => editor.add(), { class: "quiet" });
    add.prepend(icon("plus"));
    place.append(h("div", { class: "row" }, add), editor.root);
    lab.add(editor);
  });
  lab.soon(() => {
    const settings = new Settings(lab);
    place.append(settings.root);
    lab.add(settings);
  });
  return place;
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

/** All of the lab. What is not needed first is built piece by piece, between which the page is free. */
export function buildWhole(lab: Lab): void {
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
  lab.soon(() => {
    lab.add(proof, 100);
    lab.add(curves, 120);
    lab.add(insight, 120);
    lab.add(instead, 1000);
    lab.add(compare, 100);
    lab.add(take, 1000);
  });
  const more = [
    card("Curves", "curves wide-card", curves.root),
    card("Inside", "inside", insight.root),
    card("Compare", "compare", compare.root),
    card("Take it along", "take wide-card", take.root),
  ];
  lab.root.append(cards, h("div", { class: "more-grid" }, ...more));
}
