// A team's memory and its end: records are reused once all workers have gone home, and who has come leaves, whatever
// fails.

import { expect, it } from "vitest";
import { Arena } from "../../bindings/engine/wasm/arena.ts";
import { Team } from "../../bindings/engine/wasm/team.ts";
import type { MemberEvents } from "../../bindings/engine/wasm/workers.ts";

function makeTeam({ gone = 2, joins = true } = {}) {
  const arena = new Arena(new WebAssembly.Memory({ initial: 3 }), 1000);
  const seen = { founded: [] as number[], disbanded: 0, started: 0, terminated: 0, events: [] as MemberEvents[] };
  const exports = {
    teamBytes: () => 48,
    foundTeam: (ptr: number) => void seen.founded.push(ptr),
    teamSize: () => 3,
    limitTeam: () => {},
    disbandTeam: () => void seen.disbanded++,
    leftTeam: () => gone,
    joinTeam: () => {},
    work: () => {},
  };
  const team = new Team(exports, arena, 3, {
    maySleep: true,
    start(_ptr, events) {
      seen.started++;
      seen.events.push(events);
      if (joins) queueMicrotask(events.onJoined);
      return { terminate: () => void seen.terminated++ };
    },
  });
  return { team, arena, seen };
}

it("a thousand teams whose workers have ended reuse one record", async () => {
  const { team, seen } = makeTeam();
  for (let n = 0; n < 1000; n++) {
    await team.gather();
    team.leave();
  }
  expect(seen).toMatchObject({ disbanded: 1000, started: 2000, terminated: 0 });
  expect(new Set(seen.founded).size).toBe(1);
});

it("a record at which a worker may still look is kept", async () => {
  const { team, seen } = makeTeam({ gone: 1 });
  for (let n = 0; n < 10; n++) {
    await team.gather();
    team.leave();
  }
  expect(new Set(seen.founded).size).toBe(10);
});

it("the team stays while a user is left; workers that have not joined are ended", async () => {
  const { team, seen } = makeTeam({ joins: false });
  team.enter();
  team.enter();
  team.leave();
  expect(seen).toMatchObject({ disbanded: 0, terminated: 0 });
  team.leave();
  expect(seen).toMatchObject({ disbanded: 1, terminated: 2 });
});

it("a worker that ends disbands the team, with a reason, and the next network restarts it", async () => {
  const { team, seen } = makeTeam();
  await team.gather();
  seen.events[0]!.onEnd("it fell");
  expect(team.reason).toBe("a worker ended: it fell");
  expect(team.size).toBe(1);
  expect(seen.terminated).toBe(2);
  await team.gather();
  expect(team.reason).toBeUndefined();
  expect(team.size).toBe(3);
});

it("without memory for its record it goes on alone, and says so", async () => {
  const { team, arena, seen } = makeTeam();
  arena.allocate = () => {
    throw new Error("full");
  };
  await team.gather();
  expect(team.size).toBe(1);
  expect(team.reason).toContain("full");
  expect(seen.started).toBe(0);
  team.leave();
});
