// Which engine a network gets. An entry file gives the WebAssembly module's source, if it has one; a module is compiled
// once and its instance shared by everything that uses it. "auto" takes WebAssembly where it runs, else the reference.

import { isModule, isRevoked } from "../checks.ts";
import { EngineError, OptionError } from "../errors.ts";
import type { WorkerUrl } from "../platform/workers.ts";
import type { Engine, EngineName, ThreadsSource } from "./engine.ts";
import { referenceEngine } from "./reference/reference-engine.ts";

/** An engine, or "auto": WebAssembly where it runs. */
export type EngineChoice = EngineName | "auto";

/** What computes, and where its code comes from. */
export interface EngineOptions {
  /** "auto" (default) takes WebAssembly where it runs, else the reference engine; both return the same bits. */
  readonly engine?: EngineChoice;
  /** A module compiled from `bitgrad/bitgrad.wasm`, for own hosting or a strict content security policy. */
  readonly module?: WebAssembly.Module;
  /**
   * How many threads train; the entry `bitgrad/threads` has them. "auto" takes as many as the machine runs at once, 8
   * at most, and one for networks too small to gain. Default 1. A training measures whether the threads are faster than
   * one, and takes the faster way. The bits are the same for any number. `network.threads` says how many there are and,
   * if they are fewer than asked for, why. If a number was asked for, `warnings` of a history say it, too.
   */
  readonly threads?: number | "auto";
  /**
   * Whether to warn once on the console when the reference engine is used because WebAssembly can't run: it is about 35
   * times slower. `engineReason` says why. Default true; with `engine: "reference"` there is no warning.
   */
  readonly warn?: boolean;
  /**
   * The address at which your page serves `bitgrad/worker-program.js`. Workers and threads need it if the page's
   * content security policy does not allow `worker-src blob:`. A page under `require-trusted-types-for 'script'` passes
   * a TrustedScriptURL. Outside of web pages it is ignored.
   */
  readonly workerUrl?: string | URL | { toJSON(): string };
}

/**
 * An engine. `reason`: why it has no threads although some were asked for; `engineReason`: why it is not WebAssembly.
 */
export interface Found {
  readonly engine: Engine;
  readonly reason?: string;
  readonly engineReason?: string;
  readonly workerUrl?: WorkerUrl | undefined;
  /** What every training warns of: that there are fewer threads than the number that was asked for. */
  readonly warnings?: readonly string[];
}

/** Where an entry gets its WebAssembly from. */
export interface WasmSource {
  /** The bytes to compile, or an already compiled module. */
  module(): Uint8Array<ArrayBuffer> | WebAssembly.Module;
  create(instance: WebAssembly.Instance, module: WebAssembly.Module): Engine;
  readonly threads?: ThreadsSource;
}

type Made = [module: WebAssembly.Module, instance: WebAssembly.Instance];

/** The engines of an entry's class, whose static function was called. */
export function enginesOf(type: { engines(): Engines } | undefined): Engines {
  if (!isRevoked(type) && typeof type?.engines === "function") return type.engines();
  throw new OptionError(
    "a static function was called without its class: call it as Network.create(…) or Operations.create(…)",
  );
}

export class Engines {
  readonly #wasm: WasmSource | undefined;
  readonly #byModule = new WeakMap<WebAssembly.Module, Engine>();
  #shared: Engine | undefined;
  #loading: Promise<Made> | undefined; // shared by calls that come while it compiles
  #refusal: Error | null | undefined; // why bytes can't be compiled; null if they can, undefined before it was tried
  #warned = false;

  constructor(wasm?: WasmSource) {
    this.#wasm = wasm;
  }

  /** Calls `use` with the engine for a network of so many parameters, and returns its result. */
  async load<R>(options: EngineOptions, parameterCount: number, use: (found: Found) => R | Promise<R>): Promise<R> {
    let reason: string | undefined;
    let team: Awaited<ReturnType<ThreadsSource["load"]>> | undefined;
    if (wantsThreads(options)) {
      try {
        const source = this.#threadsSource(options);
        const count = source.count(options.threads!, parameterCount, urlOf(options));
        if (count > 1 && options.module === undefined) this.#checkCompiles();
        if (count > 1) team = await source.load(count, options.module);
      } catch (cause) {
        reason = messageOf(cause);
      }
    }
    try {
      return await use({
        ...(team ?? (await this.#load(options))),
        ...withoutThreads(options, reason),
        workerUrl: urlOf(options),
      });
    } finally {
      team?.leave();
    }
  }

  loadSync(options: EngineOptions, parameterCount = 0): Found {
    let reason: string | undefined;
    if (wantsThreads(options)) {
      try {
        const source = this.#threadsSource(options);
        const count = source.count(options.threads!, parameterCount, urlOf(options));
        if (count > 1 && options.module === undefined) this.#checkCompiles();
        if (count > 1) return { engine: source.loadSync(count, options.module), workerUrl: urlOf(options) };
      } catch (cause) {
        reason = messageOf(cause);
      }
    }
    return { ...this.#loadSync(options), ...withoutThreads(options, reason), workerUrl: urlOf(options) };
  }

  #threadsSource({ engine }: EngineOptions): ThreadsSource {
    if (engine === "reference") throw new EngineError("the reference engine has one thread");
    const source = this.#wasm?.threads;
    if (source === undefined)
      throw new EngineError('this entry has one thread; the entry "bitgrad/threads" has more, where the runtime has');
    return source;
  }

  async #load(options: EngineOptions): Promise<Found> {
    const known = this.#known(options);
    if (known !== undefined) return known;
    let made: Made;
    try {
      const { module } = options;
      if (module !== undefined) made = [module, await WebAssembly.instantiate(module)];
      else {
        this.#loading ??= this.#compile();
        made = await this.#loading;
      }
    } catch (cause) {
      this.#loading = undefined;
      return this.#fallBack(options, cause);
    }
    return { engine: this.#keep(options, ...made) };
  }

  #loadSync(options: EngineOptions): Found {
    const known = this.#known(options);
    if (known !== undefined) return known;
    let made: Made;
    try {
      const module = options.module ?? this.#source();
      const compiled = isModule(module) ? module : new WebAssembly.Module(module);
      made = [compiled, new WebAssembly.Instance(compiled)];
    } catch (cause) {
      return this.#fallBack(options, cause);
    }
    return { engine: this.#keep(options, ...made) };
  }

  async #compile(): Promise<Made> {
    const module = this.#source();
    const compiled = isModule(module) ? module : await WebAssembly.compile(module);
    return [compiled, await WebAssembly.instantiate(compiled)];
  }

  /** The engine, if nothing has to be compiled or compiling is impossible. */
  #known(options: EngineOptions): Found | undefined {
    const { engine = "auto", module } = options;
    if (engine === "reference") return { engine: referenceEngine };
    if (this.#wasm === undefined) {
      if (engine === "auto" && module === undefined) return { engine: referenceEngine };
      throw new EngineError('this entry, "bitgrad/reference", has no WebAssembly engine; import "bitgrad" for it');
    }
    const known = module === undefined ? this.#shared : this.#byModule.get(module);
    return known && { engine: known };
  }

  #source(): ReturnType<WasmSource["module"]> {
    if (this.#refusal) throw this.#refusal;
    const module = this.#wasm!.module();
    if (!isModule(module)) this.#checkCompiles();
    return module;
  }

  /**
   * Tries once, with few bytes, whether bytes can be compiled here: a page's policy reports every forbidden attempt.
   */
  #checkCompiles(): void {
    if (this.#refusal === undefined) this.#refusal = simdRefusal() ?? null;
    if (this.#refusal !== null) throw this.#refusal;
  }

  /** Of two that were made at the same time, the first is kept. */
  #keep({ module }: EngineOptions, compiled: WebAssembly.Module, instance: WebAssembly.Instance): Engine {
    const known = module === undefined ? this.#shared : this.#byModule.get(compiled);
    if (known !== undefined) return known;
    const engine = this.#wasm!.create(instance, compiled);
    if (module === undefined) this.#shared = engine;
    else this.#byModule.set(compiled, engine);
    return engine;
  }

  #fallBack({ engine = "auto", module, warn = true }: EngineOptions, cause: unknown): Found {
    const reason = `WebAssembly with SIMD can't run here (${messageOf(cause)})`;
    if (engine !== "auto" || module !== undefined) {
      throw new EngineError(`${reason}; engine "reference" gives the same bits without it`, { cause });
    }
    // memory that is short now may be there later, and `create` may compile what `createSync` may not
    if ((cause as Partial<Error> | undefined)?.name === "CompileError") this.#refusal ??= cause as Error;
    if (warn && !this.#warned) {
      this.#warned = true;
      const { console } = globalThis as Partial<typeof globalThis>;
      console?.warn?.(
        `bitgrad: the reference engine computes, with the same bits but some 35 times slower: ${reason}. ` +
          'What silences this: engine: "reference", or warn: false.',
      );
    }
    return { engine: referenceEngine, engineReason: reason };
  }
}

function wantsThreads({ threads = 1 }: EngineOptions): boolean {
  return threads !== 1;
}

/** No warning with "auto": there, one thread is a valid choice. */
function withoutThreads({ threads }: EngineOptions, reason: string | undefined): Pick<Found, "reason" | "warnings"> {
  if (reason === undefined) return {};
  return threads === "auto" ? { reason } : { reason, warnings: [`1 thread trained, not ${threads}: ${reason}`] };
}

function urlOf({ workerUrl }: EngineOptions): WorkerUrl | undefined {
  return (workerUrl as Partial<URL> | undefined)?.href ?? workerUrl; // a TrustedScriptURL stays one
}

// (module (func (result v128) i32.const 0 i8x16.splat i8x16.popcnt))
const SIMD = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
];

/** Why a module with SIMD can't be compiled here. */
function simdRefusal(): Error | undefined {
  if (typeof WebAssembly !== "object") return new EngineError("this runtime has no WebAssembly");
  const bytes = Uint8Array.from(SIMD);
  try {
    new WebAssembly.Module(bytes);
    return undefined;
  } catch (cause) {
    const valid = WebAssembly.validate?.(bytes) ?? true;
    return new EngineError(valid ? messageOf(cause) : "its WebAssembly has no SIMD", { cause });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
