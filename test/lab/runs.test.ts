// Runs of the rooms Bench and Verify: how an address holds one, what hostile addresses give, and the sentence.

import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BenchRun, brief, readRun, sentencesOf, writeRun } from "../../examples/lab/rooms/bench-run.ts";
import { pack, unpack } from "../../examples/lab/rooms/packed.ts";

const row = (section: string, name: string, times: number) => ({
  section,
  name,
  dtype: "f32" as const,
  unit: section === "training" ? ("samples/s" as const) : ("calls/s" as const),
  beside: "plain JS",
  value: 8.4e6,
  baseline: 1e6,
  times,
  low: times / 2,
  high: times * 2,
  reference: 30_000,
});

function runOf(...rows: ReturnType<typeof row>[]): BenchRun {
  const machine = {
    date: "2026-11-30T12:34:56.789Z",
    bitgrad: "0.1.0",
    browser: "Firefox 140",
    userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    platform: "Linux x86_64",
    cores: 8,
    crossOriginIsolated: true,
    clockStepMs: 0.005,
    quick: false,
    stopped: false,
    hidden: false,
  };
  return { date: machine.date, browser: machine.browser, machine, rows };
}

const SOME = runOf(
  row("training", "xor 2-3-1", 3.4),
  row("training", "digits 784-30-10", 8.4),
  row("kernels", "sseError 256×256", 0.8),
);
const PACKED = await pack(writeRun(SOME));

const packedAs = (bytes: Uint8Array) => `1.${Buffer.from(bytes).toString("base64url")}`;
const packedText = (text: string) => packedAs(deflateRawSync(text));

describe("a run in an address", () => {
  it("comes back as it was", async () => {
    expect(PACKED).toMatch(/^1\.[\w-]+$/);
    expect(readRun(await unpack(PACKED))).toEqual(SOME);
  });

  it("of all rows has at most 2,000 characters", async () => {
    const names = Array.from({ length: 46 }, (_, n) => row("training", `network ${n} 784-${n}-10`, 1 + n * 0.217));
    expect((await pack(writeRun(runOf(...names)))).length).toBeLessThan(2000);
  });

  it("that is cut short anywhere is no run", async () => {
    for (let length = 0; length < PACKED.length; length++) {
      await expect(unpack(PACKED.slice(0, length)), `${length}`).rejects.toThrow(/^it (is damaged|holds no run)/);
    }
  });

  it.each([
    ["of a newer version", `2.${PACKED.slice(2)}`, "it is of a newer version of this page"],
    ["of something else", "digest", "it holds no run"],
    ["with other characters", "1.a b", "it holds no run"],
    ["that is too long", `1.${"A".repeat(20_000)}`, "it is longer than 16384 characters"],
    [
      "that inflates to 8 MB",
      packedAs(deflateRawSync(Buffer.alloc(8e6), { level: 9 })),
      "it holds more than 65536 bytes",
    ],
    ["whose bytes are no text", packedAs(deflateRawSync(Uint8Array.of(0xff, 0xfe))), "it is damaged, or was cut short"],
    ["whose text is no JSON", packedText("{"), "it is damaged, or was cut short"],
  ])("%s", async (_, text, message) => {
    await expect(unpack(text)).rejects.toThrow(message);
  });

  it("whose fields are anything else is refused in words", () => {
    const hostile = [undefined, null, -1, 1.5, Number.NaN, 1e300, "x".repeat(1000), [], {}, true, "<b>", [[]]];
    const walk = (value: unknown, put: (value: unknown) => unknown): void => {
      for (const other of hostile) {
        let found: BenchRun;
        try {
          found = readRun(put(other));
        } catch (error) {
          expect(String(error)).toMatch(/^Error: (its|it has) /);
          continue;
        }
        expect(JSON.stringify(found).length).toBeLessThan(3000);
        for (const { times } of found.rows) expect(times).toBeGreaterThanOrEqual(0);
      }
      if (typeof value !== "object" || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        walk(inner, (other) =>
          put(Array.isArray(value) ? value.map((v, n) => (`${n}` === key ? other : v)) : { ...value, [key]: other }),
        );
      }
    };
    walk(JSON.parse(JSON.stringify(writeRun(SOME))), (other) => other);
  });

  it("never is anything but a run or an error, whatever JSON it has", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(() => readRun(value)).toThrow(/^its? /);
      }),
    );
  });

  it("has at most 200 rows", () => {
    const { machine } = SOME;
    const rows = Array.from({ length: 201 }, () => (writeRun(SOME) as { rows: unknown[] }).rows[0]);
    expect(() => readRun({ machine, rows })).toThrow("its list of rows is no list of up to 200");
  });
});

describe("the sentence", () => {
  it("is of trainings, by their middle one", () => {
    const run = runOf(row("training", "a", 2.1), row("training", "b", 8.4), row("training", "c", 11.3));
    const { verdict, detail } = sentencesOf(run, "this");
    expect(verdict).toBe("In this browser, WebAssembly trains 8.4 times as fast as plain JavaScript.");
    expect(detail).toBe(
      "That is the middle of 3 trainings: the least is 2.1 times, the most 11.3 times. Plain JavaScript is ahead nowhere.",
    );
    expect(brief(run)).toBe("8.4× in 3 trainings");
  });

  it("says so where plain JavaScript is ahead", () => {
    const { verdict, detail } = sentencesOf(runOf(row("kernels", "a", 0.5)), "that");
    expect(verdict).toBe(
      "In that browser, plain JavaScript computes single operations 2.0 times as fast as WebAssembly.",
    );
    expect(detail).toBe("Plain JavaScript is ahead in 1 of 1.");
  });
});
