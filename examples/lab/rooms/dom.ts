// Elements of a room's page: found, and made.

export const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;

export function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  children: readonly (Node | string)[] = [],
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export interface Column<T> {
  readonly head: string;
  cell(item: T): Node | string;
  readonly className?: string;
}

/** A table whose rows are cards on a phone; the first column names the row. */
export function tableOf<T>(label: string, columns: readonly Column<T>[], items: readonly T[]): HTMLElement {
  const heads = columns.map(({ head, className = "" }) => create("th", { scope: "col", className }, [head]));
  const rows = items.map((item) =>
    create(
      "tr",
      {},
      columns.map(({ head, cell, className = "" }, n) => {
        const made = n === 0 ? create("th", { scope: "row" }) : create("td", { className });
        if (n > 0) made.dataset.head = head;
        made.append(cell(item));
        return made;
      }),
    ),
  );
  const table = create("table", { className: "cards", ariaLabel: label }, [
    create("thead", {}, [create("tr", {}, heads)]),
    create("tbody", {}, rows),
  ]);
  // what scrolls must be reached without a mouse
  return create("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: label }, [table]);
}

/** What is in a list of names and values. */
export function factsOf(facts: readonly (readonly [name: string, value: string])[]): HTMLElement[] {
  return facts.flatMap(([name, value]) => [create("dt", {}, [name]), create("dd", {}, [value])]);
}

/** Shows a text, or hides its element where there is none. */
export function tell(id: string, text: string | undefined): void {
  element(id).textContent = text ?? "";
  element(id).hidden = text === undefined || text === "";
}

/** How long it will take, once that can be told. */
export function timeLeft(done: number, elapsedMs: number): string {
  if (elapsedMs < 3_000 || done === 0) return "";
  const seconds = (elapsedMs * (1 - done)) / done / 1000;
  return seconds < 60 ? `about ${Math.ceil(seconds / 5) * 5} s left` : `about ${Math.round(seconds / 60)} min left`;
}

export const whole = (value: number) => value.toLocaleString("en");

export function dateOf(iso: string): string {
  return new Date(iso).toLocaleDateString("en", { day: "numeric", month: "long", year: "numeric" });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
