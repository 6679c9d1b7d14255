// The program of a worker in a team. The build passes it to workers.ts as text.

import type { TeamExports } from "./exports.ts";
import type { Task } from "./workers.ts";

/** Joins the team and works until the team is disbanded. */
export function serve({ module, memory, teamPtr }: Task, post: (message: "joined") => void, end: () => void): void {
  const { joinTeam, work } = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as TeamExports;
  joinTeam(teamPtr);
  post("joined");
  work();
  end();
}
