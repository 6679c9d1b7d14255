// The team of one WebAssembly instance on shared memory (assembly/team.ts): workers are started with the first network and
// sent home with the last. When one of them ends before, one thread goes on, with the same bits, until the next network comes.

import type { Arena } from "./arena.ts";
import { Pace } from "./pace.ts";
import type { WorkerEvents } from "./workers.ts";

export interface TeamExports {
  teamBytes(): number;
  foundTeam(ptr: number, members: number, maySleep: boolean): void;
  teamSize(): number;
  limitTeam(members: number): void;
  disbandTeam(): void;
}

export interface Workers {
  readonly maySleep: boolean;
  start(teamPtr: number, events: WorkerEvents): Member;
}

interface Member {
  terminate(): void;
}

export class Team {
  /** Threads wanted, this one among them. */
  readonly wanted: number;
  readonly #exports: TeamExports;
  readonly #arena: Arena;
  readonly #runtime: Workers;
  #workers: Member[] = [];
  #users = 0;
  #reserved = 0;
  #joined: Promise<void> = Promise.resolve();
  #ended: string | undefined;

  constructor(exports: TeamExports, arena: Arena, wanted: number, runtime: Workers) {
    this.#exports = exports;
    this.#arena = arena;
    this.wanted = wanted;
    this.#runtime = runtime;
  }

  /** How many threads there are. */
  get size(): number {
    return this.#workers.length === 0 ? 1 : this.#exports.teamSize();
  }

  /** Why there are fewer than wanted, if so for good. */
  get reason(): string | undefined {
    return this.#ended;
  }

  /** Resolves when all workers of now have come, or one has ended. */
  get joined(): Promise<void> {
    return this.#joined;
  }

  /** Measures whether all of them are faster than one in a training whose steps are so many multiply-adds. */
  pace(stepWork: number): Pace {
    return new Pace(this.#exports.limitTeam, this.wanted, stepWork);
  }

  enter(): void {
    if (this.#users++ === 0) this.#start();
  }

  /** `enter` for a network that is about to be made. */
  reserve(): void {
    this.#users++;
    this.#reserved++;
    if (this.#workers.length === 0) this.#start();
  }

  /** Whether someone has reserved; who asks is to `leave` once for it. */
  takeReservation(): boolean {
    if (this.#reserved === 0) return false;
    this.#reserved--;
    return true;
  }

  leave(): void {
    if (--this.#users === 0) this.stop();
  }

  /** Goes on alone. */
  stop(reason?: string): void {
    if (this.#workers.length === 0) return;
    this.#ended = reason;
    this.#exports.disbandTeam();
    // a worker that waits has gone home by itself; one that doesn't must not write any more
    for (const worker of this.#workers) worker.terminate();
    this.#workers = [];
  }

  #start(): void {
    this.#ended = undefined;
    // never released: a worker may still look at it on its way home
    const teamPtr = this.#arena.allocate(this.#exports.teamBytes());
    this.#exports.foundTeam(teamPtr, this.wanted, this.#runtime.maySleep);
    const workers: Member[] = [];
    this.#joined = new Promise((resolve) => {
      let coming = this.wanted - 1;
      const events: WorkerEvents = {
        onJoined: () => {
          if (--coming === 0) resolve();
        },
        onEnd: (reason) => {
          resolve();
          if (this.#workers === workers) this.stop(`a worker ended: ${reason}`);
        },
      };
      try {
        for (let n = 1; n < this.wanted; n++) workers.push(this.#runtime.start(teamPtr, events));
      } catch (error) {
        resolve();
        this.#ended = `workers can't be started: ${error instanceof Error ? error.message : String(error)}`;
        for (const worker of workers.splice(0)) worker.terminate();
      }
    });
    this.#workers = workers;
  }
}
