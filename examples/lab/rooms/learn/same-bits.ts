// The script of the page on why results differ: counts this browser's own functions, by bitgrad/verify.

import { type Contrast, verify } from "bitgrad/verify";
import { element, messageOf, tableOf, tell, whole } from "../dom.ts";

const start = element<HTMLButtonElement>("start");
const progress = element<HTMLProgressElement>("progress");

async function count(): Promise<void> {
  start.disabled = true;
  progress.hidden = false;
  tell("failure", undefined);
  element("verdict").textContent = "Counting …";
  try {
    const { contrast } = await verify({
      engines: [],
      onProgress: (done) => {
        progress.value = 2 * done - 1; // the first half is for engines
      },
    });
    show(contrast);
  } catch (error) {
    element("verdict").textContent = "";
    tell("failure", `It could not count: ${messageOf(error)}`);
  } finally {
    start.disabled = false;
    progress.hidden = true;
    start.textContent = "Count again";
  }
}

function show(contrast: readonly Contrast[]): void {
  const exp = contrast.find(({ name }) => name === "Math.exp")!;
  element("verdict").textContent =
    `Of a million results of this browser’s Math.exp, ${whole(exp.notNearest)} are not the nearest number.`;
  const columns = [
    { head: "Function", cell: ({ name }: Contrast) => name },
    { head: "Not the nearest", cell: ({ notNearest }: Contrast) => whole(notNearest), className: "number" },
    { head: "Of", cell: ({ count }: Contrast) => whole(count), className: "number" },
    { head: "Digest of all results", cell: ({ digest }: Contrast) => `${digest.slice(0, 16)}…` },
  ];
  element("contrast").replaceChildren(tableOf("This browser’s own functions", columns, contrast));
}

start.hidden = false;
start.addEventListener("click", () => void count());
