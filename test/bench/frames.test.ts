// What becomes of a page's turns and of a trace, with ones made up.

import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { type Rate, summarise, type Turn, type Turns } from "../../bench/page/frames-rows.ts";
import { startTrace, type TraceEvent, withTasks } from "../../bench/page/trace.ts";

const PAGE = { pid: 7, tid: 7 };
const turn = (ms: number, frames = 0): Turn => ({ ms, frames, frameMs: 20, waitMs: 10 });
const turnsOf = (contestant: string, samples: number, turns: Turn[]): Turns => {
  return { workload: "mlp", dtype: "f32", contestant, samples, turns };
};
const mark = (edge: string, ts: number, of = "fitAsync 1"): TraceEvent => {
  return { name: `bitgrad-turn ${edge} mlp f32 ${of}`, ts, ...PAGE };
};
const task = (ts: number, dur: number, tdur: number, of = PAGE): TraceEvent => ({
  name: "RunTask",
  ts,
  dur,
  tdur,
  ...of,
});

it("a contestant's rate is compared with fit's in the same round", () => {
  const rateOf = (workload: string, fitMs: number[], ms: number[]): Rate => {
    return { workload, dtype: "f32", contestant: "fitAsync", samples: 100, ms, fitMs };
  };
  const [nothing, fit, fitAsync] = summarise(
    [
      turnsOf("nothing", 0, [turn(1000, 60), turn(1000, 58), turn(1000, 59)]),
      turnsOf("fit", 100, [turn(100), turn(200), turn(400)]),
      turnsOf("fitAsync", 100, [turn(125, 5), turn(200, 10), turn(1000, 20)]),
    ],
    [rateOf("tabular", [1], [1]), rateOf("mlp", [100, 200, 400, 100], [125, 200, 1000, 200])],
  );
  expect(nothing).toMatchObject({ framesPerSecond: 59, frameMs: 20, waitMs: 10 });
  expect([nothing!.rate, fit!.rate]).toEqual([undefined, undefined]);
  expect(fit).toMatchObject({ framesPerSecond: 0 });
  expect(fitAsync).toMatchObject({ framesPerSecond: 40, rate: { samplesPerSecond: 500 } });
  expect(fitAsync!.rate!.ofFit).toEqual([0.5, 0.65, 1]); // of 0.4, 0.5, 0.8, 1
  expect(fitAsync!.cpuOfFit).toBeUndefined();
});

it("a turn has the tasks of its page's main thread that lie in it, whole", () => {
  const events = [
    mark("begin", 10_000),
    mark("end", 60_000),
    task(1_000, 8_000, 8_000), // before
    task(9_990, 17_000, 5_000),
    task(30_000, 9_000, 8_000),
    task(31_000, 90_000, 90_000, { pid: 7, tid: 8 }), // others
    task(31_000, 90_000, 90_000, { pid: 6, tid: 7 }),
    { name: "Commit", ts: 32_000, dur: 1_000, tdur: 1_000, ...PAGE },
    task(59_000, 4_000, 3_000),
    task(60_500, 50_000, 50_000), // after
  ];
  const [row] = withTasks([turnsOf("fitAsync", 100, [turn(50)])], events);
  expect(row!.turns).toEqual([
    { ...turn(50), taskMs: 17, taskCpuMs: 8, cpuMs: 16, longTasks: [{ atMs: -0.01, ms: 17, cpuMs: 5 }] },
  ]);
  expect(summarise([{ ...row!, contestant: "fit" }], [])[0]!.threadIdle).toBeCloseTo(0.68, 12);
});

it("a trace without the turn is an error", () => {
  const rows = [turnsOf("fitAsync", 100, [turn(50)])];
  expect(() => withTasks(rows, [mark("begin", 10_000)])).toThrow("no marks of the turn mlp f32 fitAsync 1");
  expect(() => withTasks(rows, [mark("begin", 0), mark("end", 9)])).toThrow("no tasks of the turn mlp f32 fitAsync 1");
});

/** A browser that answers what it is asked, in pieces. */
function pretend(answers: Record<string, object[]>) {
  const asked: string[] = [];
  const pipe = new PassThrough();
  const read = pipe.push.bind(pipe);
  pipe._transform = (chunk, _encoding, done) => {
    const { id, method } = JSON.parse(String(chunk).replace("\0", ""));
    asked.push(method);
    const text = (answers[method] ?? [{}]).map(
      (answer, n) => `${JSON.stringify(n === 0 ? { id, ...answer } : answer)}\0`,
    );
    const bytes = text.join("");
    setImmediate(() => {
      read(bytes.slice(0, 5));
      read(bytes.slice(5));
    });
    done();
  };
  return { pipe, asked };
}

it("the page is opened once the trace has begun, and the trace is what is read of it", async () => {
  const kept = task(1, 2, 2);
  const { pipe, asked } = pretend({
    "Tracing.start": [{ result: {} }],
    "Tracing.end": [
      { result: {} },
      { method: "Tracing.dataCollected", params: { value: [kept, { ...kept, name: "Commit" }] } },
      { method: "Tracing.tracingComplete", params: { dataLossOccurred: false } },
    ],
  });
  const trace = startTrace(pipe, "http://127.0.0.1/frames");
  await expect.poll(() => asked).toEqual(["Tracing.start", "Target.createTarget"]);
  expect(await trace.end()).toEqual([kept]);
});

it("a trace that fails or is not whole is an error", async () => {
  const refused = pretend({ "Tracing.start": [{ error: { message: "busy" } }] });
  await expect(startTrace(refused.pipe, "").failed).rejects.toThrow("no trace: busy");
  const partial = pretend({
    "Tracing.end": [{}, { method: "Tracing.tracingComplete", params: { dataLossOccurred: true } }],
  });
  await expect(startTrace(partial.pipe, "").end()).rejects.toThrow("the trace lost a part of itself");
});
