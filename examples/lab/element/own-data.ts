// A table of one's own: a CSV file dropped or chosen, or text that is pasted; its target column; and, where it is
// small, cells to correct.

import { last } from "../arrays.ts";
import { type DataRecipe, LIMITS, type Task } from "../recipe.ts";
import { programOf } from "../trainer/programs.ts";
import type { Context, Part } from "./context.ts";
import { csvOf, type Head, headOf, taskOfColumn } from "./csv-head.ts";
import { button, count, h, later, say } from "./dom.ts";
import { type Choice, Fields } from "./fields.ts";

const SHOWN = 200; // rows
const IN_LINK = 6000; // bytes of a table that a link may hold; larger ones are brought as a file
const SLICE = 1 << 20;

type Own = Extract<DataRecipe, { kind: "table" | "file" }>;

export class OwnData implements Part {
  readonly root: HTMLElement;
  readonly #context: Context;
  readonly #input = h("input", {
    type: "file",
    accept: ".csv,.tsv,.txt,text/csv",
    class: "hidden",
    "aria-label": "A CSV file",
  });
  readonly #text = h("textarea", {
    rows: 4,
    "aria-label": "A table as CSV text",
    placeholder: "length,width,kind\n5.1,3.5,a\n4.9,3.0,b",
    spellcheck: "false",
  });
  readonly #progress = h("progress", { max: 1, hidden: true, "aria-label": "Reading the file" });
  readonly #words = h("p", { class: "note", role: "status" });
  readonly #chosen = h("div", { class: "fields" });
  readonly #details: HTMLDetailsElement;
  readonly #table = h("table", { class: "cells", "aria-label": "Cells of the table" });
  #fields = new Fields();
  #head: Head | undefined;
  #reading = 0;

  constructor(context: Context) {
    this.#context = context;
    this.#input.addEventListener("change", () => {
      const [file] = this.#input.files ?? [];
      this.#input.value = "";
      if (file) void this.#read(file);
    });
    const take = later(400, () => {
      if (this.#text.value.trim() !== "") void this.#read(new File([this.#text.value], "pasted.csv"));
    });
    this.#text.addEventListener("input", take);
    const drop = h(
      "div",
      { class: "drop" },
      button("Choose a CSV file", () => this.#input.click()),
      h("span", { class: "note" }, "or drop it here, up to 50 MB. It stays in this browser."),
      this.#input,
    );
    const over = (isOver: boolean) => (event: Event) => {
      event.preventDefault();
      drop.classList.toggle("over", isOver);
    };
    drop.addEventListener("dragover", over(true));
    drop.addEventListener("dragleave", over(false));
    drop.addEventListener("drop", (event) => {
      over(false)(event);
      const [file] = event.dataTransfer?.files ?? [];
      if (file) void this.#read(file);
    });
    this.#details = h(
      "details",
      { hidden: true, ontoggle: () => this.#list() },
      h("summary", {}, "Cells of the table"),
      h("div", { class: "scroll low" }, this.#table),
    );
    const paste = h("details", {}, h("summary", {}, "Paste a table as text"), this.#text);
    this.root = h("div", { class: "stack" }, drop, this.#progress, paste, this.#words, this.#chosen, this.#details);
  }

  sync(): void {
    const { data } = this.#context.recipe;
    const own = data.kind === "table" || data.kind === "file" ? data : undefined;
    if (own?.kind === "table" && this.#head === undefined) this.#show(headOf(own.csv, SHOWN), own);
    if (own?.kind === "file" && this.#context.file === undefined) {
      const { name, bytes } = own;
      say(
        this.#words,
        `This training was made with the file ${name}, ${count(bytes, "byte")}. Bring the same file to train it again.`,
      );
    }
    this.#fields.sync();
  }

  /** Reads a file in slices, so that the page stays free; a newer file takes its place. */
  async #read(file: File): Promise<void> {
    const reading = ++this.#reading;
    if (file.size > LIMITS.csv) {
      return say(
        this.#words,
        `${file.name} has ${megabytes(file.size)}; the lab takes files up to ${megabytes(LIMITS.csv)}. Take a part of its rows.`,
      );
    }
    this.#progress.hidden = false;
    const bytes = new Uint8Array(file.size);
    try {
      for (let at = 0; at < file.size; at += SLICE) {
        bytes.set(new Uint8Array(await file.slice(at, at + SLICE).arrayBuffer()), at);
        if (reading !== this.#reading) return;
        this.#progress.value = Math.min(1, (at + SLICE) / file.size);
        say(
          this.#words,
          `Reading ${file.name}: ${megabytes(Math.min(file.size, at + SLICE))} of ${megabytes(file.size)}.`,
        );
      }
    } catch (error) {
      return say(this.#words, `${file.name} can't be read: ${error instanceof Error ? error.message : String(error)}.`);
    } finally {
      if (reading === this.#reading) this.#progress.hidden = true;
    }
    await this.#take(bytes, file.name);
  }

  async #take(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<void> {
    const part = new TextDecoder().decode(bytes.subarray(0, 200_000));
    const head = headOf(part, SHOWN, bytes.length <= 200_000);
    if (head.columns.length < 2 || head.rows.length < 2) {
      return say(
        this.#words,
        `${name} is no table that can be learned: it needs a line of names, two columns and two rows at least.`,
      );
    }
    const target = last(head.columns)!;
    const task = taskOfColumn(head, target);
    const common = { target, task, name };
    const data: Own =
      bytes.length <= IN_LINK
        ? { kind: "table", csv: new TextDecoder().decode(bytes), ...common }
        : { kind: "file", sha256: await sha256(bytes), bytes: bytes.length, ...common };
    const wanted = this.#context.recipe.data;
    if (wanted.kind === "file" && this.#context.file === undefined) {
      const hash = data.kind === "file" ? data.sha256 : await sha256(bytes);
      if (hash !== wanted.sha256) {
        return say(this.#words, `${name} is not the file of this training: its SHA-256 is another one.`);
      }
      this.#show(head, wanted);
      return this.#context.bring(bytes);
    }
    this.#show(head, data);
    const { network, training } = this.#context.recipe;
    this.#context.set(
      { data, network: { ...network, loss: "auto", output: "auto" }, training },
      data.kind === "file" ? bytes : undefined,
    );
  }

  #show(head: Head, own: Own): void {
    this.#head = head;
    const fields = new Fields();
    this.#fields = fields;
    const data = () => this.#context.recipe.data as Own;
    const columns: Choice<string>[] = head.columns.map((value) => ({ value, label: value }));
    const tasks: Choice<Task>[] = [
      { value: "classes", label: "classes" },
      { value: "numbers", label: "numbers" },
    ];
    this.#chosen.replaceChildren(
      fields.select("Target column", columns, {
        get: () => data().target ?? own.target,
        set: (target) => this.#put({ target, task: taskOfColumn(this.#head!, target) }),
      }),
      fields.select("It holds", tasks, { get: () => data().task ?? own.task, set: (task) => this.#put({ task }) }),
    );
    const rows = head.more ? `more than ${count(head.rows.length, "row")}` : count(head.rows.length, "row");
    say(this.#words, `${own.name}: ${count(head.columns.length, "column")}, ${rows}.`);
    this.#details.hidden = false;
    this.#list();
  }

  #put(change: Partial<Own>): void {
    const { data, network } = this.#context.recipe;
    const file = this.#context.file;
    this.#context.set(
      { data: { ...data, ...change } as Own, network: { ...network, loss: "auto", output: "auto" } },
      file,
    );
  }

  /** The cells; they can be corrected where all of the table is there. */
  #list(): void {
    if (!this.#details.open || this.#head === undefined) return;
    const { columns, rows, more } = this.#head;
    const isWhole = !more && columns.length <= 30;
    const head = h("thead", {}, h("tr", {}, ...columns.slice(0, 30).map((name) => h("th", { scope: "col" }, name))));
    const body = rows.map((row, r) =>
      h(
        "tr",
        {},
        ...columns.slice(0, 30).map((name, c) => {
          if (!isWhole) return h("td", {}, row[c] ?? "");
          const input = h("input", { value: row[c] ?? "", "aria-label": `${name} of row ${r + 1}` });
          input.addEventListener("change", () => this.#correct(r, c, input.value));
          return h("td", {}, input);
        }),
      ),
    );
    this.#table.replaceChildren(head, h("tbody", {}, ...body));
    if (!isWhole)
      this.#table.append(
        h("caption", {}, `The first ${count(rows.length, "row")}; correct larger tables in their file.`),
      );
  }

  #correct(row: number, column: number, value: string) {
    const head = this.#head!;
    const rows = head.rows.map((cells, r) =>
      r === row ? head.columns.map((_, c) => (c === column ? value : (cells[c] ?? ""))) : cells,
    );
    this.#head = { ...head, rows };
    const bytes = new TextEncoder().encode(csvOf(this.#head));
    const { target, task, name } = this.#context.recipe.data as Own;
    if (bytes.length <= IN_LINK) {
      return this.#context.set({ data: { kind: "table", csv: new TextDecoder().decode(bytes), target, task, name } });
    }
    void sha256(bytes).then((hash) =>
      this.#context.set({ data: { kind: "file", sha256: hash, bytes: bytes.length, target, task, name } }, bytes),
    );
  }
}

const megabytes = (bytes: number) =>
  bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // a page that came without encryption has no crypto.subtle
  if (crypto.subtle === undefined) return (await programOf("bitgradTables"))().digestOf(bytes);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
