import { fileURLToPath } from "node:url";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { ready } from "@tensorflow/tfjs-core";
import { trainStep } from "./tfjs-core.mjs";

export async function firstStep() {
  setWasmPaths(fileURLToPath(new URL("./", import.meta.url)));
  await ready();
  await trainStep();
}
