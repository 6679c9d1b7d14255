// The team of one WebAssembly instance on shared memory (assembly/team.ts). Its members are threads: this one, and
// workers that start with the first network and end with the last. When one of them ends before, one thread goes on,
// with the same bits, until the next network comes.

import type { Arena } from "./arena.ts";
import type { TeamExports } from "./exports.ts";
import { Pace } from "./pace.ts";
import type { MemberEvents } from "./workers.ts";

/** How the runtime starts members. */
export interface MemberStarter {
  readonly maySleep: boolean;
  start(teamPtr: number, events: MemberEvents): Member["worker"];
}

/** One of the other threads. */
interface Member {
  readonly worker: { terminate(): void };
  joined: boolean;
}

export class Team {
  /** Threads wanted, this one among them. */
  readonly wanted: number;
  readonly #exports: TeamExports;
  readonly #arena: Arena;
  readonly #starter: MemberStarter;
  #members: Member[] = [];
  #teamPtr = 0;
  #disbanded: number[] = []; // records of disbanded teams, which their members may still read
  #users = 0;
  #joined: Promise<void> = Promise.resolve(); // resolves when all members have joined, or one has ended
  #ended: string | undefined;

  constructor(exports: TeamExports, arena: Arena, wanted: number, starter: MemberStarter) {
    this.#exports = exports;
    this.#arena = arena;
    this.wanted = wanted;
    this.#starter = starter;
  }

  /** How many threads there are. */
  get size(): number {
    return this.#members.length === 0 ? 1 : this.#exports.teamSize();
  }

  /** Why there are permanently fewer threads than wanted. */
  get reason(): string | undefined {
    return this.#ended;
  }

  /** Measures whether all of them are faster than one in a training whose steps are so many multiply-adds. */
  pace(stepWork: number): Pace {
    return new Pace(this.#exports.limitTeam, this.wanted, stepWork);
  }

  /** Registers a user of the team and starts the team. Every `enter` needs one `leave`. */
  enter(): void {
    if (this.#users++ === 0) this.#start();
  }

  leave(): void {
    if (--this.#users === 0) this.stop();
  }

  /** `enter`, which also restarts a team that has lost its members; resolves when all have joined. */
  async gather(): Promise<void> {
    this.#users++;
    if (this.#members.length === 0) this.#start();
    await this.#joined;
  }

  /** Disbands the team: one thread goes on. `reason` is given if that was not intended. */
  stop(reason?: string): void {
    if (this.#members.length === 0) return;
    this.#ended = reason;
    this.#exports.disbandTeam();
    this.#disbanded.push(this.#teamPtr);
    for (const { worker, joined } of this.#members) {
      // a waiting member ends by itself; any other must be stopped, so that it writes nothing more
      if (!joined || reason !== undefined) worker.terminate();
    }
    this.#members = [];
  }

  #start(): void {
    this.#ended = undefined;
    this.#releaseRecords();
    const members: Member[] = [];
    this.#joined = new Promise((resolve) => {
      let coming = this.wanted - 1;
      try {
        this.#teamPtr = this.#arena.allocate(this.#exports.teamBytes());
        this.#exports.foundTeam(this.#teamPtr, this.wanted, this.#starter.maySleep);
        for (let n = 1; n < this.wanted; n++) {
          const events: MemberEvents = {
            onJoined: () => {
              member.joined = true;
              if (--coming === 0) resolve();
            },
            onEnd: (reason) => {
              resolve();
              if (this.#members === members) this.stop(`a worker ended: ${reason}`);
            },
          };
          const member: Member = { worker: this.#starter.start(this.#teamPtr, events), joined: false };
          members.push(member);
        }
      } catch (error) {
        resolve();
        this.#ended = `workers can't be started: ${error instanceof Error ? error.message : String(error)}`;
        for (const { worker } of members.splice(0)) worker.terminate();
      }
    });
    this.#members = members;
  }

  /**
   * Releases the records of teams whose members have all left by themselves. Of terminated workers that is unknown.
   */
  #releaseRecords(): void {
    this.#disbanded = this.#disbanded.filter((ptr) => {
      const gone = this.#exports.leftTeam(ptr) === this.wanted - 1;
      if (gone) this.#arena.release(ptr);
      return !gone;
    });
  }
}
