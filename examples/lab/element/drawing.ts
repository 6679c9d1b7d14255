// What pictures of the plane are drawn with.

import type { Task } from "../recipe.ts";
import { balancedRange, paint, type Theme } from "./colors.ts";
import { prepare } from "./dom.ts";

export const REACH = 6; // the plane goes from −6 to 6
export const [LEFT, BOTTOM] = [22, 18]; // room for the axes' numbers

/** What a picture shows: numbers on a grid, and the range of their colors. */
export interface Grid {
  readonly side: number;
  readonly data: ArrayLike<number>;
  readonly offset: number;
  readonly stride: number;
  readonly range: readonly [number, number];
  readonly of: string;
}

/** A path around a box with round corners. */
export function box(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  radius: number,
): void {
  context.beginPath();
  if (context.roundRect) context.roundRect(x, y, width, height, radius);
  else context.rect(x, y, width, height);
}

/** The range of a unit's colors: that of its activation, or one around 0. */
export function rangeOf(activation: string | undefined, data: ArrayLike<number>, offset: number, length: number) {
  if (activation === "sigmoid" || activation === "hardSigmoid") return [0, 1] as const;
  if (activation === "tanh" || activation === "softsign") return [-1, 1] as const;
  return balancedRange(data, offset, length);
}

/** Draws a grid of numbers as a square of colors. */
export function drawGrid(
  context: CanvasRenderingContext2D,
  small: HTMLCanvasElement,
  { side, data, offset, stride, range }: Omit<Grid, "of">,
  [x, y, size]: readonly [number, number, number],
  theme: Theme,
  sharp = false,
): void {
  if (small.width !== side) small.width = small.height = side;
  const smallContext = small.getContext("2d")!;
  const image = smallContext.createImageData(side, side);
  paint(new Uint32Array(image.data.buffer), data, range, theme.scale, { offset, stride, sharp });
  smallContext.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = !sharp;
  context.drawImage(small, x, y, size, size);
}

/** The numbers beside and below a picture of so many pixels. */
export function axes(context: CanvasRenderingContext2D, inner: number, theme: Theme): void {
  context.fillStyle = theme.faint;
  context.font = "11px system-ui, sans-serif";
  for (const value of [-6, -3, 0, 3, 6]) {
    const text = String(value).replace("-", "−");
    const part = (value + REACH) / (2 * REACH);
    context.textAlign = part === 0 ? "left" : part === 1 ? "right" : "center";
    context.textBaseline = "bottom";
    context.fillText(text, LEFT + part * inner, inner + BOTTOM);
    context.textAlign = "right";
    context.textBaseline = part === 0 ? "bottom" : part === 1 ? "top" : "middle";
    context.fillText(text, LEFT - 6, (1 - part) * inner);
  }
}

/** Draws the points of a plane: filled for training, hollow for validation. */
export function drawPoints(
  canvas: HTMLCanvasElement,
  size: number,
  { data, training }: { readonly data: Float64Array; readonly training: number },
  theme: Theme,
  task: Task,
  withValidation = true,
): void {
  const context = prepare(canvas, size, size);
  const count = data.length / 3;
  const radius = count > 2000 ? 1.6 : count > 600 ? 2.4 : size < 240 ? 2.4 : 3.4;
  for (let k = 0; k < count; k++) {
    if (k >= training && !withValidation) break;
    const x = ((data[3 * k]! + REACH) / (2 * REACH)) * size;
    const y = ((REACH - data[3 * k + 1]!) / (2 * REACH)) * size;
    const label = data[3 * k + 2]!;
    const color = pointColor(label, task, theme);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    if (k < training) {
      context.fillStyle = color;
      context.fill();
      context.strokeStyle = theme.paper;
      context.lineWidth = 1;
    } else {
      context.fillStyle = theme.paper;
      context.fill();
      context.strokeStyle = color;
      context.lineWidth = 1.6;
    }
    context.stroke();
  }
}

/** The color of a point: its class, or its number from −1 to 1. */
export function pointColor(label: number, task: Task, theme: Theme): string {
  if (task === "classes") return label > 0.5 ? theme.blue : theme.orange;
  const pixel = theme.scale[Math.round(Math.min(255, Math.max(0, (label + 1) * 127.5)))]!;
  return `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`;
}
