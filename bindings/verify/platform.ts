// What a verification ran on: asks each runtime in its own way, and WebAssembly by validating tiny modules.

import {
  bulkMemory,
  exceptionsFinal,
  memory64,
  multiValue,
  relaxedSimd,
  simd,
  tailCall,
  threads,
} from "wasm-feature-detect";

/** What the platform says of itself. */
export interface Platform {
  /** Such as "Node 20.20.2"; in a browser what it calls itself. */
  readonly runtime: string;
  /** JavaScript's engine, where it can be told. */
  readonly engine: string;
  /** Operating system and processor, where they can be told. */
  readonly processor: string;
  /** Whether the lowest byte of a number comes first in memory. */
  readonly littleEndian: boolean;
  /** Which extensions WebAssembly has here. None: there is no WebAssembly. */
  readonly wasmFeatures: readonly string[];
}

interface Global {
  readonly process?: {
    readonly versions?: Readonly<Record<string, string>>;
    readonly platform?: string;
    readonly arch?: string;
    getBuiltinModule?(name: string): { cpus(): readonly { readonly model: string }[] };
  };
  readonly Deno?: {
    readonly version: { readonly deno: string; readonly v8: string };
    readonly build: { readonly os: string; readonly arch: string };
  };
  readonly navigator?: {
    readonly userAgent?: string;
    readonly platform?: string;
    readonly userAgentData?: {
      getHighEntropyValues(names: string[]): Promise<{ architecture?: string; platform?: string }>;
    };
  };
}

const FEATURES = { simd, relaxedSimd, threads, bulkMemory, multiValue, tailCall, exceptionsFinal, memory64 };

export async function describePlatform(): Promise<Platform> {
  return {
    ...(await describeRuntime()),
    littleEndian: new Uint8Array(new Uint16Array([1]).buffer)[0] === 1,
    wasmFeatures: await wasmFeatures(),
  };
}

async function describeRuntime(): Promise<Pick<Platform, "runtime" | "engine" | "processor">> {
  const { Deno, process, navigator } = globalThis as Global;
  const model = processorModel(process);
  if (Deno !== undefined) {
    const { version, build } = Deno;
    const processor = `${build.os} ${build.arch}${model}`;
    return { runtime: `Deno ${version.deno}`, engine: `V8 ${version.v8}`, processor };
  }
  const versions = process?.versions;
  if (versions?.node !== undefined) {
    const runtime = versions.bun === undefined ? `Node ${versions.node}` : `Bun ${versions.bun}`;
    const engine = versions.bun === undefined ? `V8 ${versions.v8}` : `JavaScriptCore ${versions.webkit ?? ""}`.trim();
    return { runtime, engine, processor: `${process!.platform} ${process!.arch}${model}` };
  }
  const agent = navigator?.userAgent ?? "unknown";
  const known = await navigator?.userAgentData
    ?.getHighEntropyValues(["architecture", "platform"])
    .catch(() => undefined);
  const processor = known === undefined ? (navigator?.platform ?? "") : `${known.platform} ${known.architecture}`;
  return { runtime: agent, engine: engineOf(agent), processor: processor || "unknown" };
}

/** As " (model)", where the operating system tells: Deno asks its user first, and an emulator may know nothing. */
function processorModel(process: Global["process"]): string {
  try {
    const model = process?.getBuiltinModule?.("node:os").cpus()[0]?.model.trim();
    return model === undefined || model === "" ? "" : ` (${model})`;
  } catch {
    return "";
  }
}

/** Browsers tell by what they call themselves. */
function engineOf(agent: string): string {
  const version = (pattern: RegExp) => pattern.exec(agent)?.[1] ?? "";
  if (/Firefox\//.test(agent)) return `SpiderMonkey of Firefox ${version(/Firefox\/([\d.]+)/)}`;
  if (/Chrom(e|ium)\//.test(agent)) return `V8 of Chromium ${version(/Chrom(?:e|ium)\/([\d.]+)/)}`;
  if (/AppleWebKit\//.test(agent)) return `JavaScriptCore of WebKit ${version(/AppleWebKit\/([\d.]+)/)}`;
  return /Cloudflare/.test(agent) ? "V8" : "unknown";
}

async function wasmFeatures(): Promise<string[]> {
  if (typeof WebAssembly !== "object") return [];
  const found = await Promise.all(
    Object.entries(FEATURES).map(async ([name, has]) => ((await has().catch(() => false)) ? name : "")),
  );
  return found.filter((name) => name !== "");
}
