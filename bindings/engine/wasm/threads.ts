// Engines with threads: for each number of them one instance of the module for threads, on shared memory of its own.

import { EngineError } from "../../errors.ts";
import type { WorkerUrl } from "../../platform/workers.ts";
import type { Engine, Threads, ThreadsSource } from "../engine.ts";
import type { TeamExports } from "./exports.ts";
import { open } from "./instance.ts";
import { createKernels } from "./kernels.ts";
import { WasmModel } from "./model.ts";
import { Team } from "./team.ts";
import { checkThreads, hardwareThreads, maySleep, startMember } from "./workers.ts";

const AUTO_MAX = 8;
const AUTO_PARAMETERS = 4_000; // in batches of 32 two threads are 1.3 to 1.5 times as fast from there on
const FIRST_PAGES = 3; // as asconfig.json has it
const MOST_PAGES = [65536, 32768, 16384, 8192]; // address space is reserved for the most, and a phone has less

interface TeamEngine {
  readonly engine: Engine;
  readonly team: Team;
}

export class ThreadsEngines implements ThreadsSource {
  readonly #bytes: () => Uint8Array<ArrayBuffer>;
  readonly #byCount = new Map<number, TeamEngine>();
  readonly #byModule = new WeakMap<WebAssembly.Module, Map<number, TeamEngine>>();
  #compiled: WebAssembly.Module | undefined;
  #workerUrl: WorkerUrl | undefined;

  constructor(bytes: () => Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  count(threads: number | "auto", parameterCount: number, workerUrl: WorkerUrl | undefined): number {
    this.#workerUrl = workerUrl ?? this.#workerUrl;
    checkThreads(this.#workerUrl);
    if (threads !== "auto") return threads;
    if (parameterCount < AUTO_PARAMETERS) {
      throw new EngineError(`a network of ${parameterCount} parameters trains as fast with one thread`);
    }
    return Math.min(hardwareThreads(), AUTO_MAX);
  }

  async load(count: number, module: WebAssembly.Module | undefined): Promise<{ engine: Engine; leave: () => void }> {
    if (module === undefined) this.#compiled ??= await WebAssembly.compile(this.#bytes());
    const { engine, team } = this.#engine(count, module);
    await team.gather();
    return { engine, leave: () => team.leave() };
  }

  loadSync(count: number, module: WebAssembly.Module | undefined): Engine {
    return this.#engine(count, module).engine;
  }

  #engine(count: number, module: WebAssembly.Module | undefined): TeamEngine {
    const known = module === undefined ? this.#byCount : (this.#byModule.get(module) ?? new Map<number, TeamEngine>());
    if (module !== undefined) this.#byModule.set(module, known);
    let made = known.get(count);
    if (made === undefined) {
      if (module === undefined) this.#compiled ??= new WebAssembly.Module(this.#bytes());
      made = this.#create(count, module ?? this.#compiled!);
      known.set(count, made);
    }
    return made;
  }

  #create(count: number, module: WebAssembly.Module): TeamEngine {
    if (!WebAssembly.Module.imports(module).some(({ kind }) => kind === "memory")) {
      throw new EngineError("`module` is not the one for threads, `bitgrad/bitgrad.threads.wasm`");
    }
    const memory = sharedMemory();
    const instance = new WebAssembly.Instance(module, { env: { memory } });
    const { exports, arena } = open(instance, memory);
    const team = new Team(exports as unknown as TeamExports, arena, count, {
      maySleep: maySleep(),
      start: (teamPtr, events) => startMember({ module, memory, teamPtr }, events, this.#workerUrl),
    });
    const threads: Threads = {
      get count() {
        return team.size;
      },
      get reason() {
        return team.reason;
      },
    };
    const engine: Engine = {
      name: "wasm",
      module,
      threads,
      kernels: createKernels(exports, arena),
      createModel: (shape) => new WasmModel(exports, arena, shape, team),
    };
    return { engine, team };
  }
}

function sharedMemory(): WebAssembly.Memory {
  for (const maximum of MOST_PAGES) {
    try {
      return new WebAssembly.Memory({ initial: FIRST_PAGES, maximum, shared: true });
    } catch {
      // less may do
    }
  }
  throw new EngineError("the runtime gives WebAssembly no shared memory");
}
