// What can be taken along: the network in every form, the program, the picture, the history, and a snippet to embed.

import { type Program, programOf } from "../trainer/programs.ts";
import type { Context, Part } from "./context.ts";
import { button, h, say, sentence } from "./dom.ts";
import { claimOf, linkOf } from "./links.ts";
import type { OutputPicture } from "./output.ts";
import { copy } from "./proof.ts";
import { svgOf } from "./svg.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export class Take implements Part {
  readonly root: HTMLElement;
  readonly #context: Context;
  readonly #picture: OutputPicture;
  readonly #forms = h("ul", { class: "forms" });
  readonly #program = h("pre", { tabindex: 0, role: "region", "aria-label": "Program" });
  readonly #programRow = h("div", { class: "row" });
  readonly #embed = h("pre", { tabindex: 0, role: "region", "aria-label": "Snippet" });
  readonly #words = h("p", { class: "note", role: "status" });
  readonly #pictures: HTMLElement;

  constructor(context: Context, picture: OutputPicture) {
    this.#context = context;
    this.#picture = picture;
    this.#pictures = h(
      "span",
      { class: "row" },
      button("Picture as SVG", () => this.#svg(), { class: "quiet" }),
      button("Picture as PNG", () => this.#png(), { class: "quiet" }),
    );
    const history = button("History as CSV", () => void this.#try(() => this.#history()), { class: "quiet" });
    this.root = h(
      "div",
      { class: "stack" },
      h("div", { class: "row" }, this.#pictures, history),
      this.#words,
      this.#details("The network, in nine forms", () => this.#listForms(), this.#forms),
      this.#details("The program, for Node", () => this.#writeProgram(), this.#programRow, this.#program),
      this.#details("A snippet that embeds it", () => this.#writeEmbed(), this.#embed),
    );
  }

  sync(): void {
    this.#pictures.hidden = this.#context.run.loaded?.points === undefined;
  }

  #details(title: string, open: () => Promise<void>, ...children: HTMLElement[]): HTMLElement {
    const details = h("details", {}, h("summary", {}, title), h("div", { class: "stack" }, ...children));
    details.addEventListener("toggle", () => details.open && void this.#try(open));
    return details;
  }

  async #try(act: () => Promise<void>): Promise<void> {
    say(this.#words, "");
    try {
      await act();
    } catch (error) {
      say(this.#words, sentence(error));
    }
  }

  #svg(): void {
    const svg = svgOf(this.#picture.scene());
    if (svg !== undefined) save("bitgrad.svg", new Blob([svg], { type: "image/svg+xml" }));
  }

  #png(): void {
    this.#picture.canvas.toBlob((blob) => blob && save("bitgrad.png", blob), "image/png");
  }

  async #history(): Promise<void> {
    const { run } = this.#context;
    const { historyAsCSV } = await library();
    const text = historyAsCSV(run.series, run.loaded?.metric ?? "score");
    save("history.csv", new Blob([text], { type: "text/csv" }));
  }

  async #listForms(): Promise<void> {
    const { FORMATS } = await library();
    this.#forms.replaceChildren(
      ...FORMATS.map(({ id, title, what }) => {
        const note = h("small", {}, what);
        const get = button(title, () => void this.#try(() => this.#take(id, note)), { class: "quiet" });
        return h("li", {}, get, note);
      }),
    );
  }

  async #take(id: string, note: HTMLElement): Promise<void> {
    const [{ takeAway }, bytes] = await Promise.all([library(), this.#context.run.save()]);
    const { Network } = (await programOf("bitgradTrainer"))();
    const { file, why } = await takeAway(bytes as Bytes, id, Network);
    if (file === undefined) say(note, sentence(why ?? "this form can't be made"));
    else save(file.name, new Blob([file.bytes], { type: file.type }));
  }

  async #writeProgram(): Promise<void> {
    const { recipe, run } = this.#context;
    if (run.loaded === undefined) return;
    const { programOf: write, digitsAsCSV } = await library();
    const claim = await claimOf(run);
    const { text, file } = write(recipe, run.loaded, claim?.epochs ?? 100, claim?.digest);
    say(this.#program, text);
    const copied = button(
      "Copy",
      () => void copy(text).then((isDone) => say(copied, isDone ? "Copied" : "Select and copy it")),
      { class: "quiet" },
    );
    const buttons = [copied, button("Save train.mts", () => save("train.mts", new Blob([text])), { class: "quiet" })];
    if (file === "digits.csv") {
      const csv = async () => save(file, new Blob([digitsAsCSV((await programOf("bitgradDigits"))().digits)]));
      buttons.push(button(`Save ${file}`, () => void this.#try(csv), { class: "quiet" }));
    } else if (file !== undefined && recipe.data.kind === "table") {
      const { csv } = recipe.data;
      buttons.push(button(`Save ${file}`, () => save(file, new Blob([csv])), { class: "quiet" }));
    }
    this.#programRow.replaceChildren(...buttons);
  }

  async #writeEmbed(): Promise<void> {
    const { recipe, run } = this.#context;
    const { embedOf } = await library();
    const { address } = await linkOf(recipe, await claimOf(run));
    const folder = new URL(".", globalThis.bitgradFolder || document.baseURI).href;
    say(this.#embed, embedOf(address.slice(address.indexOf("#")), folder));
  }
}

/** Everything that writes; it is loaded with the first wish. */
async function library() {
  made ??= (await programOf("bitgradTakeaway"))();
  return made;
}

let made: ReturnType<Program<"bitgradTakeaway">> | undefined;

/** Gives the reader a file. */
function save(name: string, blob: Blob): void {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
