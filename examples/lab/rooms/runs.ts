// What a room does with its runs: the link and the file that hold one, and those that this browser keeps.

import { create, dateOf, element, messageOf, tableOf, tell } from "./dom.ts";
import { pack, unpack } from "./packed.ts";

export interface Run {
  readonly date: string;
  readonly browser: string;
}

export interface Kind<R extends Run> {
  /** Of the room, such as "bench". */
  readonly room: string;
  /** Reads what may be anything; an error ends the sentence "The run can't be shown: …". */
  read(value: unknown): R;
  /** What `read` reads, in few letters. */
  write(run: R): unknown;
  /** The result in a few words, for the list of runs. */
  brief(run: R): string;
  /** The whole result as a file. */
  json(run: R): string;
  show(run: R): void;
}

const MOST = 50;

/** The run in the page's address, if there is one; what is wrong with it is told. */
export async function runOfLink<R extends Run>(kind: Kind<R>): Promise<R | undefined> {
  const { hash } = location;
  if (hash.length < 2) return undefined;
  try {
    return kind.read(await unpack(hash.slice(1)));
  } catch (error) {
    tell("failure", `The run in this page's address can't be shown: ${messageOf(error)}.`);
    return undefined;
  }
}

/** Buttons that take a run along. */
export function offer<R extends Run>(kind: Kind<R>, run: R): void {
  const said = create("span", { role: "status" });
  const copier = (label: string, done: string, text: () => Promise<string> | string) =>
    create("button", {
      type: "button",
      textContent: label,
      onclick: async () => {
        try {
          await navigator.clipboard.writeText(await text());
          said.textContent = done;
        } catch (error) {
          said.textContent = `This browser doesn't let the page copy: ${messageOf(error)}.`;
        }
      },
    });
  const file = create("a", { className: "button", textContent: "Download JSON" });
  file.href = URL.createObjectURL(new Blob([kind.json(run)], { type: "application/json" }));
  file.download = `bitgrad-${kind.room}-${run.date.slice(0, 10)}.json`;
  const link = async () => `${location.href.split("#")[0]}#${await pack(kind.write(run))}`;
  element("share").replaceChildren(
    copier("Copy a link to this run", "Copied. Whoever opens the link sees this run.", link),
    file,
    copier("Copy JSON", "Copied.", () => kind.json(run)),
    said,
  );
}

/** Adds a run to those that this browser keeps. */
export function keep<R extends Run>(kind: Kind<R>, run: R): void {
  try {
    localStorage.setItem(keyOf(kind), JSON.stringify([run, ...kept(kind)].slice(0, MOST).map(kind.write)));
  } catch (error) {
    showHistory(kind);
    tell("unkept", `This browser didn't keep the run: ${messageOf(error)}.`);
    return;
  }
  showHistory(kind);
}

export function showHistory<R extends Run>(kind: Kind<R>): void {
  let runs: R[] = [];
  try {
    runs = kept(kind);
    tell("unkept", undefined);
  } catch (error) {
    tell("unkept", `This browser keeps no runs for the page: ${messageOf(error)}.`);
  }
  element("history").hidden = runs.length === 0 && element("unkept").hidden;
  const forget = create("button", {
    type: "button",
    textContent: "Forget them all",
    onclick() {
      localStorage.removeItem(keyOf(kind));
      showHistory(kind);
      element("history").hidden = false;
      tell("unkept", "They are forgotten.");
    },
  });
  const columns = [
    { head: "Date", cell: ({ date }: R) => `${dateOf(date)}, ${date.slice(11, 16)} UTC` },
    { head: "Browser", cell: ({ browser }: R) => browser },
    { head: "Result", cell: (run: R) => kind.brief(run) },
    {
      head: "Details",
      cell: (run: R) =>
        create("button", {
          type: "button",
          textContent: "Show",
          ariaLabel: `Show the run of ${dateOf(run.date)}, ${run.date.slice(11, 16)}`,
          onclick: () => kind.show(run),
        }),
    },
  ];
  element("kept").replaceChildren(
    ...(runs.length === 0
      ? []
      : [tableOf("Your runs", columns, runs), create("p", { className: "actions" }, [forget])]),
  );
}

/** Of those, the ones that can be read. */
function kept<R extends Run>(kind: Kind<R>): R[] {
  let found: unknown;
  try {
    found = JSON.parse(localStorage.getItem(keyOf(kind)) ?? "[]");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return (Array.isArray(found) ? found.slice(0, MOST) : []).flatMap((value) => {
    try {
      return [kind.read(value)];
    } catch {
      return []; // of another version, or written by somebody else
    }
  });
}

function keyOf({ room }: { readonly room: string }): string {
  return `bitgrad-${room}-runs`;
}
