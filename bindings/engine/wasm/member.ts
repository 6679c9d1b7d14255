// What a worker of a team runs; the build gives it to workers.ts as text.

import type { Task } from "./workers.ts";

interface Exports {
  joinTeam(teamPtr: number): void;
  work(): void;
}

/** Joins the team, and works until that goes home. */
export function serve({ module, memory, teamPtr }: Task, post: (message: "joined") => void, end: () => void): void {
  const { joinTeam, work } = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
  joinTeam(teamPtr);
  post("joined");
  work();
  end();
}
