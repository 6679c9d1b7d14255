// Which engine a network gets. An entry file gives the WebAssembly module's source, if it has one; a module is compiled
// once and its instance shared by everything that uses it. "auto" takes WebAssembly where it runs, else the reference.

import { type Engine, EngineError, type EngineName, type ThreadsSource } from "./engine.ts";
import { referenceEngine } from "./reference/reference-engine.ts";

export type EngineChoice = EngineName | "auto";

export interface EngineOptions {
  /** "auto" (default) takes WebAssembly where it runs, else the reference engine; both return the same bits. */
  readonly engine?: EngineChoice;
  /** A module compiled from `bitgrad/bitgrad.wasm`, for own hosting or a strict content security policy. */
  readonly module?: WebAssembly.Module;
  /**
   * How many threads train, with the entry `bitgrad/threads`; "auto": as many as the machine runs at once, 8 at most, and one
   * for networks too small to gain. Default 1. Whether they are faster than one is measured as they train, and the faster way
   * taken; the bits are the same for any number. `network.threads` says how many there are and, where there are fewer, why.
   */
  readonly threads?: number | "auto";
}

/** An engine, and why it is not the one with threads that was asked for. */
export interface Found {
  readonly engine: Engine;
  readonly reason?: string;
}

/** Where an entry gets its WebAssembly from. */
export interface WasmSource {
  /** The bytes to compile, or an already compiled module. */
  module(): Uint8Array<ArrayBuffer> | WebAssembly.Module;
  create(instance: WebAssembly.Instance, module: WebAssembly.Module): Engine;
  readonly threads?: ThreadsSource;
}

export class Engines {
  readonly #wasm: WasmSource | undefined;
  readonly #byModule = new WeakMap<WebAssembly.Module, Engine>();
  #shared: Engine | undefined;
  #loading: Promise<Engine> | undefined; // shared by calls that come while it compiles

  constructor(wasm?: WasmSource) {
    this.#wasm = wasm;
  }

  /** What `use` makes of the engine. `parameterCount`: of the network it is for. */
  async load<R>(options: EngineOptions, parameterCount: number, use: (found: Found) => R | Promise<R>): Promise<R> {
    let reason: string | undefined;
    let team: Awaited<ReturnType<ThreadsSource["load"]>> | undefined;
    if (this.#wantsThreads(options)) {
      try {
        const source = this.#threadsSource();
        const count = source.count(options.threads!, parameterCount);
        if (count > 1) team = await source.load(count, options.module);
      } catch (cause) {
        reason = messageOf(cause);
      }
    }
    try {
      return await use(team ?? found(await this.#load(options), reason));
    } finally {
      team?.leave();
    }
  }

  loadSync(options: EngineOptions, parameterCount = 0): Found {
    let reason: string | undefined;
    if (this.#wantsThreads(options)) {
      try {
        const source = this.#threadsSource();
        const count = source.count(options.threads!, parameterCount);
        if (count > 1) return { engine: source.loadSync(count, options.module) };
      } catch (cause) {
        reason = messageOf(cause);
      }
    }
    return found(this.#loadSync(options), reason);
  }

  #wantsThreads({ threads = 1, engine }: EngineOptions): boolean {
    return threads !== 1 && engine !== "reference";
  }

  #threadsSource(): ThreadsSource {
    const source = this.#wasm?.threads;
    if (source === undefined)
      throw new EngineError('this entry has one thread; the entry "bitgrad/threads" has more, where the runtime has');
    return source;
  }

  async #load(options: EngineOptions): Promise<Engine> {
    const known = this.#known(options);
    if (known !== undefined) return known;
    try {
      if (options.module !== undefined) {
        return this.#keep(options, options.module, await WebAssembly.instantiate(options.module));
      }
      this.#loading ??= this.#compile();
      return await this.#loading;
    } catch (cause) {
      this.#loading = undefined;
      return this.#fallBack(options, cause);
    }
  }

  #loadSync(options: EngineOptions): Engine {
    const known = this.#known(options);
    if (known !== undefined) return known;
    try {
      const module = options.module ?? this.#wasm!.module();
      const compiled = module instanceof WebAssembly.Module ? module : new WebAssembly.Module(module);
      return this.#keep(options, compiled, new WebAssembly.Instance(compiled));
    } catch (cause) {
      return this.#fallBack(options, cause);
    }
  }

  async #compile(): Promise<Engine> {
    const module = this.#wasm!.module();
    const compiled = module instanceof WebAssembly.Module ? module : await WebAssembly.compile(module);
    return this.#keep({}, compiled, await WebAssembly.instantiate(compiled));
  }

  #known({ engine = "auto", module }: EngineOptions): Engine | undefined {
    if (engine === "reference") return referenceEngine;
    if (this.#wasm === undefined) {
      if (engine === "auto" && module === undefined) return referenceEngine;
      throw new EngineError('this entry, "bitgrad/reference", has no WebAssembly engine; import "bitgrad" for it');
    }
    return module === undefined ? this.#shared : this.#byModule.get(module);
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

  #fallBack({ engine = "auto", module }: EngineOptions, cause: unknown): Engine {
    if (engine === "auto" && module === undefined) return referenceEngine;
    const reason = messageOf(cause);
    throw new EngineError(
      `WebAssembly with SIMD can't run here (${reason}); engine "reference" gives the same bits without it`,
      { cause },
    );
  }
}

function found(engine: Engine, reason: string | undefined): Found {
  return reason === undefined ? { engine } : { engine, reason };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
