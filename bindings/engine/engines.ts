// Which engine a network gets. An entry file gives the WebAssembly module's source, if it has one; a module is compiled
// once and its instance shared by everything that uses it. "auto" takes WebAssembly where it runs, else the reference.

import { type Engine, EngineError, type EngineName } from "./engine.ts";
import { referenceEngine } from "./reference/reference-engine.ts";

export type EngineChoice = EngineName | "auto";

export interface EngineOptions {
  /** "auto" (default) takes WebAssembly where it runs, else the reference engine; both return the same bits. */
  readonly engine?: EngineChoice;
  /** A module compiled from `bitgrad/bitgrad.wasm`, for own hosting or a strict content security policy. */
  readonly module?: WebAssembly.Module;
}

/** Where an entry gets its WebAssembly from. */
export interface WasmSource {
  /** The bytes to compile, or an already compiled module. */
  module(): Uint8Array<ArrayBuffer> | WebAssembly.Module;
  create(instance: WebAssembly.Instance): Engine;
}

export class Engines {
  readonly #wasm: WasmSource | undefined;
  readonly #byModule = new WeakMap<WebAssembly.Module, Engine>();
  #shared: Engine | undefined;
  #loading: Promise<Engine> | undefined; // shared by calls that come while it compiles

  constructor(wasm?: WasmSource) {
    this.#wasm = wasm;
  }

  async load(options: EngineOptions): Promise<Engine> {
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

  loadSync(options: EngineOptions): Engine {
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
    const engine = this.#wasm!.create(instance);
    if (module === undefined) this.#shared = engine;
    else this.#byModule.set(compiled, engine);
    return engine;
  }

  #fallBack({ engine = "auto", module }: EngineOptions, cause: unknown): Engine {
    if (engine === "auto" && module === undefined) return referenceEngine;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError(
      `WebAssembly with SIMD can't run here (${reason}); engine "reference" gives the same bits without it`,
      { cause },
    );
  }
}
