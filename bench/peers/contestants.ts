// Who runs beside bitgrad. To add one: a program that speaks the protocol (README.md) and an entry here.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
// by path: inside this folder, a package of its own, the name "bitgrad" leads nowhere
import type { DType } from "../../dist/index.js";

export interface Contestant {
  readonly name: string;
  /** Variants of one library; the short table shows the best of them. */
  readonly family: string;
  readonly kind: "bitgrad" | "plain" | "library" | "native";
  /** A file in contestants/ and words for it; the job's file is appended. */
  readonly command: readonly [file: string, ...words: string[]];
  readonly dtype: DType;
  /** The workloads on which its loss must be the reference's; all unless told. Elsewhere it trains another way. */
  readonly exact?: readonly string[];
  /** It trains the adopters' networks, too, or those alone. */
  readonly adopters?: "too" | "alone";
  /** The npm package in this folder, or the Python module, that it needs. */
  readonly needs?: string;
}

type Command = Contestant["command"];

function library(family: string, needs: string, command: Command, variant = ""): Contestant {
  return { name: `${family}${variant}`, family, kind: "library", command, dtype: "f32", needs };
}

function native(family: string, needs: string, variant: string): Contestant {
  return { ...library(family, needs, ["native.py", variant], ` ${variant}`), kind: "native" };
}

function tensorFlow(backend: "cpu" | "wasm", variant: "layers" | "manual"): Contestant {
  const command: Command = ["tfjs.mjs", backend, variant];
  return library(`TensorFlow.js ${backend}`, `@tensorflow/tfjs-backend-${backend}`, command, ` ${variant}`);
}

/** It trains sample by sample, whatever the batch. */
function brain(needs: string, variant = ""): Contestant {
  return { ...library("brain.js", needs, ["brain-js.mjs", needs], variant), exact: ["xor"] };
}

/** What ratios are taken of. */
export const HOME = "bitgrad f32";

const BITGRAD = { family: "bitgrad", kind: "bitgrad" } as const;

export const CONTESTANTS: readonly Contestant[] = [
  { name: HOME, ...BITGRAD, command: ["bitgrad.mjs"], dtype: "f32", adopters: "too" },
  { name: "bitgrad f64", ...BITGRAD, command: ["bitgrad.mjs"], dtype: "f64" },
  { name: "bitgrad/tfjs", ...BITGRAD, command: ["tfjs.mjs", "bitgrad", "layers"], dtype: "f32", adopters: "alone" },
  { name: "plain JS", family: "plain JS", kind: "plain", command: ["plain-js.mjs"], dtype: "f32" },
  { name: "plain JS, no zeros", family: "plain JS", kind: "plain", command: ["plain-js.mjs", "zeros"], dtype: "f32" },
  brain("brain.js"),
  brain("brain.js-beta", " 2 beta"),
  tensorFlow("cpu", "layers"),
  tensorFlow("cpu", "manual"),
  { ...tensorFlow("wasm", "layers"), adopters: "too" },
  tensorFlow("wasm", "manual"),
  { ...library("jax-js", "@jax-js/jax", ["jax-js.mjs"]), adopters: "too" },
  { ...library("jax-js", "@jax-js/jax", ["jax-js.mjs", "threads"], " threads"), adopters: "alone" },
  library("ONNX Runtime Web", "onnxruntime-web", ["onnxruntime.mjs"]),
  native("NumPy", "numpy", "textbook"),
  native("PyTorch", "torch", "eager"),
  native("PyTorch", "torch", "script"),
];

/** Those that train the networks of one kind. */
export function contestantsOf(kind: "articles" | "adopters", all: readonly Contestant[]): readonly Contestant[] {
  return all.filter(({ adopters }) => (kind === "adopters" ? adopters !== undefined : adopters !== "alone"));
}

/** Debian's packages are found by Debian's own Python alone. */
const PYTHONS = ["python3", "/usr/bin/python3"];

const runs = (python: string, module: string) =>
  spawnSync(python, ["-c", `import numpy, ${module}`], { stdio: "ignore", timeout: 60_000 }).status === 0;

/** The program that runs it, or what would bring it. */
export function interpreterOf({ kind, needs }: Contestant): { program: string } | { missing: string } {
  if (kind === "native") {
    const program = PYTHONS.find((python) => runs(python, needs!));
    return program ? { program } : { missing: `Debian: apt install python3-${needs} libopenblas0` };
  }
  const isHere = needs === undefined || existsSync(new URL(`node_modules/${needs}/package.json`, import.meta.url));
  return isHere ? { program: process.execPath } : { missing: "npm ci --prefix bench/peers" };
}
