// The export list of the module for threads: that of index.ts, and what a team needs.

import * as team from "./team";
import { trainLoop } from "./train";

export * from "./index";
export { disbandTeam, foundTeam, leftTeam, joinTeam, limitTeam, teamBytes, teamSize } from "./team";

/** A worker's life: does its share of every job until the team is disbanded. */
export function work(): void {
  for (let members = team.nextJob(); members > 0; members = team.nextJob()) {
    const training = team.jobTraining();
    const rate = team.jobRate();
    const steps = team.jobMaxSteps();
    if (team.jobElementBytes() == 4) trainLoop<f32>(training, <f32>rate, steps, team.memberNumber(), members);
    else trainLoop<f64>(training, rate, steps, team.memberNumber(), members);
  }
  team.leaveTeam();
}
