// Threads. A team is the thread that calls `train`, member 0, and workers, each with an instance of this module on the
// same memory. All members run the same loop (train.ts); each computes a share of every product's outputs, never of a
// sum, and a barrier stands between what writes and what reads. So a training has the same bits for any number of
// members.
//
// Only the build for threads has teams of more than one; in the other what is here compiles to nothing.

// A team's record: counters, each read and written whole, then the job.
const JOB: usize = 0; // goes up by 256 with every job; the low 8 bits are how many members have it, 0 ends the team
const PRESENT: usize = 4; // workers that have joined
const ARRIVED: usize = 8; // members at the barrier
const GENERATION: usize = 12; // goes up when all have arrived
const SLEEPERS: usize = 16; // members that wait without spinning
const VERDICT: usize = 20; // what member 0 decided for all
const ELEMENT_BYTES: usize = 24;
const TRAINING: usize = 28;
const MAX_STEPS: usize = 32;
const LEFT: usize = 36; // workers that have left: none of them looks at the record any more
const RATE: usize = 40;
const TEAM_BYTES: usize = 48;

export const MAX_MEMBERS: u32 = 255;

// of this instance
let team: usize = 0;
let caller = false;
let maySleep = true;
let lost = false;
let capacity: u32 = 1;
let limit = MAX_MEMBERS;

const SPINS: u32 = 50_000; // some 20 to 50 µs: longer than most waits, and a sleep and a waking cost more
const PATIENCE: i64 = 100_000_000;
const TRIES: u32 = 50; // member 0 gives the others up after 50 times 100 ms
const SPINS_AWAKE: u64 = 4_000_000_000; // as long, roughly, where a thread may not sleep: the main one of a page

export function teamBytes(): usize {
  return TEAM_BYTES;
}

/**
 * Makes this instance member 0 of a team of up to `members` that workers can join; every team of it is of as many.
 * `sleeps`: its thread may wait without spinning.
 */
export function foundTeam(ptr: usize, members: u32, sleeps: bool): void {
  memory.fill(ptr, 0, TEAM_BYTES);
  team = ptr;
  capacity = members;
  caller = true;
  maySleep = sleeps;
  lost = false;
}

/** Ends the team: its workers leave; from now on there is one member. */
export function disbandTeam(): void {
  publish(0);
  team = 0;
  lost = false;
}

/**
 * How many members there will ever be: workers may come, and another team be founded, while a training is under way.
 */
// @ts-ignore: decorator
@inline export function teamCapacity(): u32 {
  return ASC_FEATURE_THREADS ? capacity : 1;
}

/** How many members there are. */
// @ts-ignore: decorator
@inline export function teamSize(): u32 {
  if (!ASC_FEATURE_THREADS || !team || lost) return 1;
  return min(atomic.load<u32>(team + PRESENT) + 1, MAX_MEMBERS);
}

/** How many of them a job is given at most. */
// @ts-ignore: decorator
@inline export function teamLimit(): u32 {
  return min(teamSize(), limit);
}

/** From now on a job is given to no more members than this. */
export function limitTeam(members: u32): void {
  limit = members;
}

/** Whether a worker did not come to a barrier in time: what was computed since is worth nothing. */
// @ts-ignore: decorator
@inline export function memberLost(): bool {
  return ASC_FEATURE_THREADS && lost;
}

/** Where in 0 … count the member's part of it begins, and that of the member before ends. */
// @ts-ignore: decorator
@inline export function share(count: usize, member: u32, members: u32): usize {
  return members == 1 ? (member == 0 ? 0 : count) : <usize>((<u64>count * member) / members);
}

/** Returns when all members have called it. */
export function barrier(members: u32): void {
  if (!ASC_FEATURE_THREADS || members == 1 || lost) return;
  const generation = atomic.load<u32>(team + GENERATION);
  if (atomic.add<u32>(team + ARRIVED, 1) == members - 1) {
    atomic.store<u32>(team + ARRIVED, 0);
    atomic.store<u32>(team + GENERATION, generation + 1);
    wake(team + GENERATION);
  } else {
    waitFor(team + GENERATION, generation, caller);
  }
}

/** A barrier; all return what member 0 says. */
export function agree(member: u32, members: u32, verdict: u32): u32 {
  if (!ASC_FEATURE_THREADS || members == 1 || lost) return verdict;
  if (member == 0) atomic.store<u32>(team + VERDICT, verdict);
  barrier(members);
  return atomic.load<u32>(team + VERDICT);
}

/** Gives the team's first members a job, which they share with the caller. */
export function callTeam(members: u32, elementBytes: u32, trainingPtr: usize, learningRate: f64, maxSteps: u32): void {
  if (!ASC_FEATURE_THREADS) return;
  store<u32>(team + ELEMENT_BYTES, elementBytes);
  store<usize>(team + TRAINING, trainingPtr);
  store<u32>(team + MAX_STEPS, maxSteps);
  store<f64>(team + RATE, learningRate);
  publish(members);
}

// @ts-ignore: decorator
@inline function publish(members: u32): void {
  if (!ASC_FEATURE_THREADS) return;
  atomic.store<u32>(team + JOB, (atomic.load<u32>(team + JOB) & ~255) + 256 + members);
  wake(team + JOB);
}

// of a worker's instance
let joinedAs: u32 = 0;
let jobBefore: u32 = 0;

/** Makes this instance a worker of the team. */
export function joinTeam(ptr: usize): void {
  team = ptr;
  jobBefore = atomic.load<u32>(team + JOB); // before it is counted: the next job may be its
  joinedAs = atomic.add<u32>(team + PRESENT, 1) + 1;
}

/** Waits for the next job that this member has; returns for how many members it is, 0 when there is no more. */
export function nextJob(): u32 {
  let members: u32;
  do {
    waitFor(team + JOB, jobBefore, false);
    jobBefore = atomic.load<u32>(team + JOB);
    members = jobBefore & 255;
  } while (members != 0 && joinedAs >= members);
  return members;
}

/** Reports that a worker has ended its work; it reads the record no more. */
export function leaveTeam(): void {
  atomic.add<u32>(team + LEFT, 1);
}

/** How many workers of a team that was disbanded have left it. */
export function leftTeam(ptr: usize): u32 {
  return atomic.load<u32>(ptr + LEFT);
}

// @ts-ignore: decorator
@inline export function memberNumber(): u32 {
  return joinedAs;
}
// @ts-ignore: decorator
@inline export function jobElementBytes(): u32 {
  return load<u32>(team + ELEMENT_BYTES);
}
// @ts-ignore: decorator
@inline export function jobTraining(): usize {
  return load<usize>(team + TRAINING);
}
// @ts-ignore: decorator
@inline export function jobMaxSteps(): u32 {
  return load<u32>(team + MAX_STEPS);
}
// @ts-ignore: decorator
@inline export function jobRate(): f64 {
  return load<f64>(team + RATE);
}

// @ts-ignore: decorator
@inline function wake(counterPtr: usize): void {
  if (atomic.load<u32>(team + SLEEPERS)) atomic.notify(counterPtr, -1);
}

/** Returns when the counter is no longer what it was; a hurried member gives up after five seconds. */
function waitFor(counterPtr: usize, was: u32, hurried: bool): void {
  for (let spins: u32 = 0; spins < SPINS; spins++) {
    if (atomic.load<u32>(counterPtr) != was) return;
  }
  if (maySleep) {
    atomic.add<u32>(team + SLEEPERS, 1);
    for (let tries: u32 = 0; atomic.load<u32>(counterPtr) == was && !(hurried && tries == TRIES); tries++) {
      atomic.wait<u32>(counterPtr, was, hurried ? PATIENCE : -1);
    }
    atomic.sub<u32>(team + SLEEPERS, 1);
  } else {
    for (let spins: u64 = 0; spins < SPINS_AWAKE && atomic.load<u32>(counterPtr) == was; spins++);
  }
  if (hurried && atomic.load<u32>(counterPtr) == was) lost = true;
}
