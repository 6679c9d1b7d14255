// The little that the element needs of a framework: elements made by a call, icons, and numbers as words.

type Listener = (event: never) => void;
type Value = string | number | boolean | undefined | Listener;
export type Child = Node | string | number | false | undefined | readonly Child[];
export type Props = Readonly<Record<string, Value>>;

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "open", "indeterminate", "htmlFor", "selected"]);

function apply(element: Element, props: Props): void {
  for (const [key, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value as EventListener);
    else if (PROPERTIES.has(key)) (element as unknown as Record<string, Value>)[key] = value;
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : String(value));
  }
}

function append(element: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child instanceof Node) element.append(child);
    else if (typeof child === "object") append(element, child);
    else if (child !== undefined && child !== false) element.append(String(child));
  }
}

/** An element; a property `onclick` that is a function listens to "click". */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  append(element, children); // first, since a select takes its value from its options
  apply(element, props);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  play: "M8 5v14l11-7z",
  pause: "M6 5h4v14H6zM14 5h4v14h-4z",
  step: "M6 5v14l9-7zM16 5h2.5v14H16z",
  epoch: "M3 5v14l8-7zM11 5v14l8-7zM19.500 5H22v14h-2.500z",
  again: "M12 5V1L7 6l5 5V7a5 5 0 1 1-5 5H5a7 7 0 1 0 7-7z",
  plus: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z",
  minus: "M5 11h14v2H5z",
} as const;

export function icon(name: keyof typeof ICONS): Element {
  const svg = document.createElementNS(SVG, "svg");
  apply(svg, { viewBox: "0 0 24 24", "aria-hidden": "true" });
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Writes a text where it differs, so that nothing is laid out again for nothing. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A button that shows an icon, and says what it does. */
export function iconButton(name: keyof typeof ICONS, label: string, onclick: () => void): HTMLButtonElement {
  return h("button", { type: "button", class: "icon", "aria-label": label, title: label, onclick }, icon(name));
}

export function button(label: string, onclick: () => void, props: Props = {}): HTMLButtonElement {
  return h("button", { type: "button", onclick, ...props }, label);
}

/** A number in four digits or so, of one width where it can be: 0.1234, 12.34, 1.2e−7. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-4 || size >= 1e5)
      ? value.toExponential(2)
      : value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 4);
  return text.replaceAll("-", "−").replace("e+", "e");
}

const WHOLE = /* @__PURE__ */ new Intl.NumberFormat("en-US");

/** A whole number with its thousands apart. */
export function whole(value: number): string {
  return WHOLE.format(Math.round(value));
}

/** "1 row", "2 rows". */
export function count(number: number, word: string): string {
  return `${whole(number)} ${word}${number === 1 ? "" : "s"}`;
}

/** Calls `act` once no call came for so long; the last call counts. */
export function later(milliseconds: number, act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, milliseconds);
  };
}

/** Makes a canvas as fine as the screen, and says how many CSS pixels it has; clears it. */
export function prepare(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = Math.min(globalThis.devicePixelRatio || 1, 2);
  const [w, hh] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== hh) canvas.height = hh;
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** What went wrong as a sentence: libraries say it without a capital and a point. */
export function sentence(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}${/[.?!…]$/.test(words) ? "" : "."}`;
}
