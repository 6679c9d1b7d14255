// The picture of the output as SVG: colors as an image, the points and the axes as shapes.

import type { Theme } from "./colors.ts";

/** What is in a picture. */
export interface Scene {
  readonly theme: Theme;
  /** The colors as a PNG's data address; undefined before there are some. */
  readonly image: string | undefined;
  /** Pieces of the decision's line in the plane's own units, four numbers each. */
  readonly line: readonly number[];
  readonly points: { readonly data: ArrayLike<number>; readonly training: number } | undefined;
  /** The color of a point's label. */
  colorOf(label: number): string;
}

const SIZE = 400;
const [LEFT, BOTTOM] = [30, 24];

const short = (value: number) => String(Math.round(value * 100) / 100);
const x = (value: number) => short(LEFT + ((value + 6) / 12) * SIZE);
const y = (value: number) => short(((6 - value) / 12) * SIZE);

export function svgOf({ theme, image, line, points, colorOf }: Scene): string {
  const parts: string[] = [];
  if (image !== undefined) {
    parts.push(`<image x="${LEFT}" width="${SIZE}" height="${SIZE}" preserveAspectRatio="none" href="${image}"/>`);
  }
  let path = "";
  for (let k = 0; k < line.length; k += 4) {
    path += `M${x(line[k]!)} ${y(line[k + 1]!)}L${x(line[k + 2]!)} ${y(line[k + 3]!)}`;
  }
  if (path !== "")
    parts.push(`<path d="${path}" fill="none" stroke="${theme.ink}" stroke-opacity=".55" stroke-width="1.5"/>`);
  const { data, training } = points ?? { data: [], training: 0 };
  for (let k = 0; k < data.length / 3; k++) {
    const color = colorOf(data[3 * k + 2]!);
    const [fill, stroke] = k < training ? [color, theme.paper] : [theme.paper, color];
    parts.push(`<circle cx="${x(data[3 * k]!)}" cy="${y(data[3 * k + 1]!)}" r="3" fill="${fill}" stroke="${stroke}"/>`);
  }
  for (const value of [-6, -3, 0, 3, 6]) {
    const text = String(value).replace("-", "−");
    parts.push(`<text x="${x(value)}" y="${SIZE + 16}" text-anchor="middle">${text}</text>`);
    parts.push(`<text x="${LEFT - 6}" y="${y(value)}" dy=".35em" text-anchor="end">${text}</text>`);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -8 ${LEFT + SIZE + 12} ${SIZE + BOTTOM + 8}" font-family="sans-serif" font-size="11" fill="${theme.faint}">
${parts.join("\n")}
</svg>
`;
}
