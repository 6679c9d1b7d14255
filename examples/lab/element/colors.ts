// The colors of the pictures. Negative is orange, positive is blue, nothing is the paper between them; the pair can be
// told apart by color-blind eyes.

export type Color = readonly [red: number, green: number, blue: number];

/** What pictures are drawn with, as the page's theme has it. */
export interface Theme {
  readonly negative: Color;
  readonly positive: Color;
  readonly middle: Color;
  readonly paper: string;
  readonly ink: string;
  readonly faint: string;
  readonly line: string;
  readonly blue: string;
  readonly orange: string;
  readonly isDark: boolean;
  /** 256 colors from −1 to 1, as pixels of a canvas. */
  readonly scale: Uint32Array;
}

/** The color of t from −1 to 1; beyond, that of the nearest. */
export function mix(t: number, { negative, middle, positive }: Pick<Theme, "negative" | "middle" | "positive">): Color {
  const end = t < 0 ? negative : positive;
  const share = Math.min(1, Math.abs(t)) * 0.75; // points lie on top, and must be seen on their own color
  return [0, 1, 2].map((c) => Math.round(middle[c]! + (end[c]! - middle[c]!) * share)) as unknown as Color;
}

/** 256 colors from −1 to 1, each a pixel: alpha, blue, green and red from its highest byte down. */
export function scaleOf(ends: Pick<Theme, "negative" | "middle" | "positive">): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, k) => {
    const [red, green, blue] = mix(k / 127.5 - 1, ends);
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
}

/**
 * Colors numbers from `low` to `high` into pixels; what is no number stays transparent.
 *
 * @param sharp - Only the two ends, as a decision is.
 */
export function paint(
  pixels: Uint32Array,
  data: ArrayLike<number>,
  [low, high]: readonly [number, number],
  scale: Uint32Array,
  { offset = 0, stride = 1, sharp = false } = {},
): void {
  const factor = high > low ? 255 / (high - low) : 0;
  for (let k = 0; k < pixels.length; k++) {
    const value = data[offset + k * stride]!;
    if (Number.isNaN(value)) pixels[k] = 0;
    else {
      const place = factor === 0 ? 127 : (value - low) * factor;
      const index = sharp ? (place >= 127.5 ? 255 : 0) : Math.round(Math.min(255, Math.max(0, place)));
      pixels[k] = scale[index]!;
    }
  }
}

/** A range around 0 that holds all numbers, so that 0 is the color between. */
export function balancedRange(data: ArrayLike<number>, offset = 0, count = data.length): readonly [number, number] {
  let most = 0;
  for (let k = offset; k < offset + count; k++) {
    const size = Math.abs(data[k]!);
    if (size > most && size < Number.POSITIVE_INFINITY) most = size;
  }
  return [-most || -1, most || 1];
}

/** "rgb(1, 2, 3)" as numbers. */
export function parseColor(text: string): Color {
  const [red = 0, green = 0, blue = 0] = (text.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue];
}

/** Reads the theme off an element, whose CSS variables hold it. */
export function readTheme(element: Element, probe: HTMLElement): Theme {
  const read = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const [orange, blue, paper, middle] = [read("l-orange"), read("l-blue"), read("l-card"), read("l-middle")];
  const ends = { negative: parseColor(orange), positive: parseColor(blue), middle: parseColor(middle) };
  const [red, green, blueness] = parseColor(paper);
  return {
    ...ends,
    orange,
    blue,
    paper,
    ink: getComputedStyle(element).color,
    faint: read("l-faint"),
    line: read("l-line"),
    isDark: red + green + blueness < 384,
    scale: scaleOf(ends),
  };
}
