// Who runs beside bitgrad. To add one: a program that speaks the protocol (README.md) and an entry here.

import { existsSync } from "node:fs";
import type { DType } from "../../dist/index.js";
import { pythonWith, runs } from "./interpreters.ts";

export interface Contestant {
  readonly name: string;
  /** Variants of one program; the short tables show the best of them. Without: the name. */
  readonly family?: string;
  readonly kind: "bitgrad" | "plain" | "library" | "native";
  /** What it is and how it is run, in a few words. */
  readonly what: string;
  /**
   * An interpreter and its options, a file in contestants/, words for it; the job's file is appended. tsx: imports
   * TypeScript. Without: is only named, with the reason from `available`.
   */
  readonly command?: readonly [interpreter: string, ...optionsFileWords: string[]];
  /** For python3: the module that it must be able to import. */
  readonly python?: string;
  readonly dtype: DType;
  /** Whether its loss must be the reference's: on every workload, on these, or never since it computes another model. */
  readonly exact: boolean | readonly string[];
  /** What it computes instead where it isn't exact; of an exact one, what else is to be known. */
  readonly note?: string;
  /** The package whose version is meant, where the program does not tell its own. */
  readonly package?: string;
  /** Why it cannot run here, if so. */
  readonly available?: () => string | undefined;
  /** Its smallest program, for bundle size and cold start: a file in first-steps/, or a name in ../start-up.ts. */
  readonly firstStep?: string;
  /** Files in node_modules that this program fetches. */
  readonly assets?: readonly string[];
}

/** An npm package in bench/peers/package.json. */
function npm(name: string): Pick<Contestant, "package" | "available"> {
  const installed = () => existsSync(new URL(`node_modules/${name}/package.json`, import.meta.url));
  return { package: name, available: () => (installed() ? undefined : "npm ci --prefix bench/peers") };
}

function jax(variant: string, what: string): Contestant {
  return {
    name: `jax-js ${variant}`,
    family: "jax-js",
    kind: "library",
    what,
    command: ["node", "jax-js.mjs", variant],
    dtype: "f32",
    exact: true,
    ...(variant === "grad" && { firstStep: "jax-js.mjs" }),
    ...(variant === "relaxed" && { note: "relaxed SIMD, whose bits differ by machine" }),
    ...npm("@jax-js/jax"),
  };
}

function onnxRuntime(variant: string, dtype: DType, what: string): Contestant {
  return {
    name: `ONNX Runtime Web ${variant} ${dtype}`,
    family: "ONNX Runtime Web",
    kind: "library",
    what,
    command: ["node", "onnxruntime.mjs", variant],
    dtype,
    exact: true,
    ...(variant === "step" && {
      firstStep: "onnxruntime.mjs",
      assets: ["mjs", "wasm"].map((type) => `onnxruntime-web/dist/ort-wasm-simd-threaded.${type}`),
    }),
    ...npm("onnxruntime-web"),
  };
}

/** A Python library that Debian packages. */
function python(family: string, module: string, variant: string, dtype: DType, what: string): Contestant {
  return {
    name: `${family} ${variant} ${dtype}`,
    family,
    kind: "native",
    what,
    command: ["python3", `${family.toLowerCase()}_peer.py`, variant],
    python: module,
    dtype,
    exact: true,
    available: () => (pythonWith(module) ? undefined : `Debian: apt install python3-${module} libopenblas0`),
  };
}

const SAMPLE_BY_SAMPLE = "trains sample by sample, whatever the batch";

function tfjs(backend: "cpu" | "wasm", variant: string, what: string): Contestant {
  return {
    name: `TensorFlow.js ${backend} ${variant}`,
    family: `TensorFlow.js ${backend}`,
    kind: "library",
    what,
    command: ["node", "tfjs.mjs", backend, variant],
    dtype: "f32",
    exact: true,
    ...npm(`@tensorflow/tfjs-backend-${backend}`),
    ...(/layers|core/.test(variant) && { firstStep: `tfjs-${variant}-${backend}.mjs` }),
    ...(backend === "wasm" && { assets: [`@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm`] }),
  };
}

export const CONTESTANTS: readonly Contestant[] = [
  ...(["f32", "f64"] as const).map((dtype) => ({
    name: `bitgrad ${dtype}`,
    kind: "bitgrad" as const,
    what: "WebAssembly with SIMD, one fit(x, y)",
    command: ["node", "bitgrad.mjs", "wasm"] as const,
    dtype,
    exact: true,
    ...(dtype === "f32" && { firstStep: "wasm" }),
  })),
  {
    name: "bitgrad/reference",
    kind: "bitgrad",
    what: "its plain TypeScript twin",
    command: ["node", "bitgrad.mjs", "reference"],
    dtype: "f32",
    exact: true,
    firstStep: "reference",
  },
  ...(["f32", "f64"] as const).map((dtype) => ({
    name: `plain JS fast ${dtype}`,
    family: "plain JS fast",
    kind: "plain" as const,
    what: "written for speed: bench/plain-js.ts",
    command: ["tsx", "plain-js.mjs"] as const,
    dtype,
    exact: true,
    ...(dtype === "f32" && { firstStep: "plain" }),
  })),
  ...(["f32", "f64"] as const).map((dtype) => ({
    name: `plain JS fast, no zeros ${dtype}`,
    family: "plain JS fast, no zeros",
    kind: "plain" as const,
    what: "the same; skips zeros in x, as bitgrad does",
    command: ["tsx", "plain-js.mjs", "zeros"] as const,
    dtype,
    exact: true,
  })),
  {
    name: "plain JS textbook",
    kind: "plain",
    what: "triple loops",
    command: ["node", "textbook.mjs"],
    dtype: "f64",
    exact: true,
  },
  ...(["brain.js", "brain.js-beta"] as const).map((name) => ({
    name: name === "brain.js" ? name : "brain.js 2 beta",
    kind: "library" as const,
    what: "train() of many iterations",
    command: ["node", "brain-js.mjs", name] as const,
    dtype: "f32" as const,
    exact: ["xor"],
    note: SAMPLE_BY_SAMPLE,
    firstStep: name === "brain.js" ? "brain-js.mjs" : "brain-js-beta.mjs",
    ...npm(name),
  })),
  {
    name: "synaptic",
    kind: "library",
    what: "activate and propagate; wide without generated code",
    command: ["node", "synaptic.mjs"],
    dtype: "f64",
    exact: [],
    note: `${SAMPLE_BY_SAMPLE}, by another gradient`,
    firstStep: "synaptic.mjs",
    ...npm("synaptic"),
  },
  {
    name: "ConvNetJS",
    kind: "library",
    what: "Trainer.train, output layer put together by hand",
    command: ["node", "convnetjs.mjs"],
    dtype: "f64",
    exact: true,
    firstStep: "convnetjs.mjs",
    ...npm("convnetjs"),
  },
  {
    name: "ml-fnn",
    kind: "library",
    what: "train() on class labels",
    command: ["node", "ml-fnn.mjs"],
    dtype: "f64",
    exact: false,
    note: "tanh, softmax and cross-entropy, full batch",
    firstStep: "ml-fnn.mjs",
    ...npm("ml-fnn"),
  },
  ...(["cpu", "wasm"] as const).flatMap((backend) => [
    tfjs(backend, "layers", "model.fit"),
    tfjs(backend, "core", "optimizer.minimize"),
    tfjs(backend, "manual", "gradients by hand"),
    ...(backend === "wasm" ? [tfjs(backend, "manual-t", "gradients by hand, transposed before the product")] : []),
  ]),
  jax("grad", "a jit-compiled step, gradients by grad"),
  jax("manual", "a jit-compiled step, gradients by hand"),
  jax("relaxed", "as grad, with relaxed SIMD"),
  onnxRuntime("step", "f32", "a model of one step, made by hand"),
  onnxRuntime("scan", "f32", "a Scan over many such steps"),
  onnxRuntime("scan", "f64", "a Scan over many such steps"),
  {
    name: "netsaur",
    kind: "library",
    what: "Deno's, with a backend in WebAssembly",
    dtype: "f32",
    exact: true,
    available: () => "its WebAssembly build is not on npm",
  },
  python("NumPy", "numpy", "textbook", "f64", "the formulas as a course writes them"),
  python("NumPy", "numpy", "textbook", "f32", "the formulas as a course writes them"),
  python("NumPy", "numpy", "tight", "f32", "every operation into an array allocated once"),
  python("PyTorch", "torch", "eager", "f32", "nn.Module, autograd, optim.SGD"),
  python("PyTorch", "torch", "hand", "f32", "gradients by hand, in place"),
  python("PyTorch", "torch", "script", "f32", "as hand, the loop over batches in TorchScript"),
  python("PyTorch", "torch", "hand", "f64", "gradients by hand, in place"),
  ...(["f32", "f64"] as const).map((dtype) => ({
    name: `Octave ${dtype}`,
    family: "Octave",
    kind: "native" as const,
    what: "vectorized, a column a sample",
    command: ["octave-cli", "--quiet", "--no-init-file", "octave_peer.m"] as const,
    dtype,
    exact: true,
    available: () => (runs("octave-cli", ["--version"]) ? undefined : "Debian: apt install octave libopenblas0"),
  })),
];
