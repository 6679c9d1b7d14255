// What a message shows of a hostile value is short, and made in no time.

import { Encoder, FormatError, Network, OptionError } from "bitgrad";
import { expect, it } from "vitest";
import { errorOf, wrong } from "./expect-error.ts";

const LONG = "x".repeat(40_000_000); // of 4 million, the nearest known key was sought for four seconds
const network = { inputs: 1, layers: [{ units: 1 }] };
const revoked = Proxy.revocable({}, {});
revoked.revoke();

const VALUES: readonly [string, unknown, string][] = [
  ["a symbol", Symbol(LONG), `Symbol(${"x".repeat(53)}…`],
  ["a bigint", 1n << 1_000_000n, "a bigint of over 64 bits"],
  ["a small bigint", -5n, "-5n"],
  ["a text", LONG, `"${"x".repeat(60)}…"`],
  ["a constructor's name", { constructor: { name: LONG } }, `a ${"x".repeat(60)} object`],
  ["a getter that throws", Object.defineProperty({}, "constructor", { get: () => fail() }), "an object"],
  ["a revoked proxy", revoked.proxy, "an object"],
];

function fail(): never {
  throw new Error("a getter");
}

it.each(VALUES)("%s", (_, value, words) => {
  const error = errorOf(() => Network.createSync({ ...network, seed: wrong(value) })) as Error;
  expect(error).toBeInstanceOf(OptionError);
  expect(error.message).toBe(`seed is ${words}; a whole number from 0 to 9007199254740991 is expected`);
});

it("an unknown key of 40 MB, in each reader", () => {
  const json = Network.createSync(network).toJSON();
  const encoder = Encoder.learn([[1], [2]], "standard").toJSON();
  for (const [read, kind] of [
    [() => Network.createSync(wrong({ ...network, [LONG]: 1 })), OptionError],
    [() => Network.createSync(wrong({ ...network, layers: [{ units: 1, [LONG]: 1 }] })), OptionError],
    [() => Network.fromJSONSync(wrong({ ...json, [LONG]: 1 })), FormatError],
    [() => Network.fromJSONSync(JSON.stringify({ ...json, optimizer: { ...json.optimizer, [LONG]: 1 } })), FormatError],
    [() => Encoder.fromJSON({ ...encoder, [LONG]: 1 }), FormatError],
    [() => Encoder.fromJSON({ columns: [{ kind: "number", [LONG]: 1 }] }), FormatError],
    [() => Encoder.fromJSON({ columns: [{ kind: LONG }] }), FormatError],
    [() => Network.createSync(network).fit([[1]], [[1]], wrong({ [LONG]: 1 })), OptionError],
  ] as const) {
    const error = errorOf(read) as Error;
    expect(error).toBeInstanceOf(kind);
    expect(error.message.length).toBeLessThan(500); // the key cut, and all known ones
    expect(error.message).toContain("x".repeat(60));
  }
});

it("a short key has a hint, and typed arrays are no options", () => {
  const long = "k".repeat(61);
  expect(errorOf(() => Network.createSync(wrong({ ...network, sead: 1 })))).toMatchObject({
    message: expect.stringContaining('knows no "sead"; did you mean "seed"? known: inputs'),
  });
  expect(errorOf(() => Network.createSync(wrong({ ...network, [long]: 1 })))).toMatchObject({
    message: expect.stringContaining(`"${"k".repeat(60)}…"; known: inputs`),
  });
  expect(errorOf(() => Network.createSync(wrong(new Float32Array(1e7))))).toMatchObject({
    message: "options is a Float32Array object; an object is expected",
  });
});

it("JSON that is nested deep is no JSON of a network", () => {
  for (const text of ["[".repeat(1e6), `${"[".repeat(1e6)}${"]".repeat(1e6)}`, '{"a":'.repeat(1e6)]) {
    expect(errorOf(() => Network.fromJSONSync(text))).toBeInstanceOf(FormatError);
    expect(errorOf(() => Encoder.fromJSON(text))).toBeInstanceOf(FormatError);
  }
});

it("a learning rate of −0 is 0, as JSON has it", () => {
  using net = Network.createSync({ ...network, optimizer: { type: "sgd", learningRate: -0 } });
  expect(Object.is(net.learningRate, 0)).toBe(true);
  net.learningRate = -0;
  expect(Object.is(net.learningRate, 0)).toBe(true);
});
