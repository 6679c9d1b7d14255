// Links of the lab: they hold a recipe and a claim, and whatever isn't whole gets a sentence.

import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { fromLink, LinkError, LONGEST, toLink } from "../../examples/lab/link.ts";
import { type Claim, type DataRecipe, defaultRecipe, KINDS, type Recipe } from "../../examples/lab/recipe.ts";

const digest = (text: string) => createHash("sha256").update(text).digest("hex");
const CLAIM: Claim = {
  epochs: 1234,
  digest: digest("last"),
  earlier: Array.from({ length: 256 }, (_, n) => ({ epoch: 4 * n, digest: digest(String(n)) })),
};

const POINTS: DataRecipe = {
  kind: "points",
  task: "classes",
  points: [
    [-6, 6, 0],
    [0.05, -0.05, 1],
    [3.35, -2.2, 0],
  ],
};

const PLAIN: Recipe = {
  data: { kind: "moons", rows: 100, noise: 0.1, seed: 1 },
  features: ["x1", "x2"],
  network: {
    hidden: [{ units: 3, activation: "tanh" }],
    loss: "auto",
    output: "auto",
    optimizer: { type: "adam", learningRate: 0.01 },
    dtype: "f32",
    seed: 1,
  },
  training: { batchSize: 32, shuffle: true, schedule: "none", validation: 0.2 },
};

const RICH: Recipe = {
  data: { kind: "spirals", rows: 777, noise: 0.25, seed: 2 ** 50 },
  features: ["x1", "x2", "sin x1", "x1x2"],
  network: {
    hidden: [
      { type: "batchNormalization", momentum: 0.9, center: false },
      {
        units: 12,
        activation: "elu",
        alpha: 0.5,
        initializer: { type: "uniform", min: -0.5, max: 0.5 },
        l2: 0.01,
        dropout: 0.2,
      },
      { type: "dropout", rate: 0.1 },
      { units: 5, activation: "linear", trainable: false },
      { type: "layerNormalization", epsilon: 0.01 },
      { type: "activation", activation: "leakyRelu", alpha: 0.1 },
    ],
    loss: { type: "binaryCrossEntropy", labelSmoothing: 0.1 },
    output: "sigmoid",
    optimizer: { type: "sgd", learningRate: 0.05, momentum: 0.9, clipNorm: 2, nesterov: true },
    dtype: "f64",
    seed: 99,
  },
  training: {
    batchSize: 17,
    shuffle: false,
    schedule: { type: "plateau", monitor: "validationLoss", factor: 0.5, patience: 3 },
    validation: 0.35,
  },
};

describe("a link has its recipe and its claim", () => {
  test.each(KINDS)("%s by default", async (kind) => {
    const recipe = defaultRecipe(kind);
    const { text, remarks } = await toLink(recipe, undefined);
    expect(remarks).toEqual([]);
    expect(text).toMatch(/^#1\.[\w-]+\.\.\.\.[0-9a-z]{6}$/);
    expect(await fromLink(text)).toEqual({ recipe });
  });

  test("with every setting, at the end of an address", async () => {
    const { text } = await toLink(RICH, CLAIM);
    expect(text.length).toBeLessThanOrEqual(LONGEST + 1);
    const { recipe, claim } = await fromLink(`https://example.com/lab/${text}`);
    expect(recipe).toEqual(RICH);
    expect({ ...claim, earlier: [] }).toEqual({ ...CLAIM, earlier: [] });
    expect(claim!.earlier).toHaveLength(40);
    for (const { epoch, digest } of claim!.earlier) {
      expect(CLAIM.earlier.find((rung) => rung.epoch === epoch)!.digest.startsWith(digest)).toBe(true);
      expect(digest).toHaveLength(16);
    }
  });

  // made on the day when links came to be; they must open for good
  // cspell:disable
  test.each([
    [
      "a shape",
      "#1.FctBCkIxDEDBu7x1kRZ3uYq4KKbww8cETNVF6d3F2c9CkcVprgjPCE8Kr_gm0moteFgOpF5aIcdQpO2C_9NhqsOR2-LtNhO5Fvpj2qdPC0eY3Q_2fe8f.NUfLESrESJryMQwGJs26bzCXoq1aO0Ld07WcdsegeaM.ya.4a4ayc_80_OE*rsHkcrObEF00k.qpdzv5",
      PLAIN,
    ],
    [
      "every setting",
      "#1.ZZJBb9swDIX_yvDO3BC7cVLrOuw27NAeix4Ym46JypIhyVnSwP99kJsWRnaTRPI98hOvaGGueFPXwiCOGthGEIL_G2H2-z3BeY0Cs_lRVoQo0sIURVk91nW92T1uy125nQkdzAvOBQjnEoSo7tvHrTiXeCW4bNNr24qDebkiXUaBwYFT0__xYWCr75zUOxAGP4hL05BNa0IjLkmA6dhGmemKyWmKMEVJ4Cbp6aPOQOwEAtux51xaEdRp0iyd679MJ6edD0N2UgfzfUkd-LwUzQRb5tOmILTBj35Ky_TZ-Sbw-UwInBY2xaqv6q4tq044gJACq-ODldUsN0XLFwn3HGSMarNEbmaVvFK_txJ-uzzdcSjmV4L1Ma4QHNRxuPwMPsZfLgU_XkCwfBD7PHifenXH21jwUxozAkQ9Dl5bEPyYdLiDGo85YoWDU3d8unHZVP9_p9UxTwpTEpzEJMGfYFKYZCa0N7lut8XnutX1TEjZa1mXZ30XmGJPiP3UdV84CbHppZ3yw1dbo-UkPC1b5TT5AIMTW20XZL8zFULHzRJZFmHkpOIagXmYaZWbww_VPP8D.NUfLESrESJryMQwGJs26bzCXoq1aO0Ld07WcdsegeaM.ya.4a4ayc_80_OE*rsHkcrObEF00k.e1ajf1",
      RICH,
    ],
    [
      "points",
      "#1.ZVJBjtNAEPwKqnODbC8B7VyBG-Kwe1ztoWO341bGM9bMOEo2-C_cEOIXCw9D4zWRlb15urqrqst9RgNzxl5dA4PBq0sRhMRxD4PacoySCwtiUPz9UTz_ev75-c_v7wUmQgvzgGMJwrECIap78_IqjxUeCS7zd9o04mAezkinQWCw5VR333zo2eoTJ_UOhN734tLYwxTvbgm1uCQBpmUbZaIzRqfZRFkRuE56eJkzEDuCwHboOI9uCOo0aabO8xfR0WnrQ5-V1MG8nVt7Ps5DE8FW-asoCU3wgx9TflZZeSH4XyYETpLRcuVrc2XLqhMOOc7A6nhrZbXLwmj5JOE6Bxmi2kyRzayaV-zXUsL7091VDuX0SLA-xlUEW3UcTp-Cj_GLS8EPJxAsb8Xe996nTt1uWQt-TEOOAFF3vdcGBD8k7a9CjbuMWOHg1O3ullyKzevfaXXIm8JUBCcxSfAHmBRGmQjNQtd-eJ_PSKSBub2dCClrzedyr08CU34kxG5s20uchFh30oy5cLE1WE7C43xVTpMPMDiw1WaO7GtOhdByPSPzIQycVFwtMDcTrXozfLOZpn8.NUfLESrESJryMQwGJs26bzCXoq1aO0Ld07WcdsegeaM.ya.4a4ayc_80_OE*rsHkcrObEF00k.l1688l",
      { ...RICH, data: POINTS },
    ],
    // cspell:enable
  ])("of the first version: %s", async (_, text, recipe) => {
    const earlier = [4, 1000].map((epoch) => ({ epoch, digest: digest(String(epoch / 4)).slice(0, 16) }));
    expect(await fromLink(text)).toEqual({ recipe, claim: { ...CLAIM, earlier } });
  });

  test("points, and as many as fit", async () => {
    const points = (count: number): DataRecipe => ({
      kind: "points",
      task: "numbers",
      points: Array.from(
        { length: count },
        (_, n) => [((n * 37) % 241) / 20 - 6, ((n * 101) % 241) / 20 - 6, ((n * 7) % 41) / 20 - 1] as const,
      ).map(
        (point) => point.map((value) => Math.round(value * 20) / 20) as unknown as readonly [number, number, number],
      ),
    });
    const recipe = defaultRecipe(points(300));
    expect((await fromLink((await toLink(recipe, CLAIM)).text)).recipe).toEqual(recipe);
    await expect(toLink(defaultRecipe(points(5000)), CLAIM)).rejects.toThrow(
      /^5000 points don't fit into a link; some \d+ do/,
    );
  });

  test("a small table; of a larger one the SHA-256", async () => {
    const table = (csv: string) => defaultRecipe({ kind: "table", csv, target: "b", task: "classes", name: "t.csv" });
    const small = table("a,b\n1,x\n2,y\n3,x\n");
    expect((await fromLink((await toLink(small, CLAIM)).text)).recipe).toEqual(small);
    const csv = `a,b\n${Array.from({ length: 3000 }, (_, n) => `${digest(String(n)).slice(0, 8)},${n % 2}`).join("\n")}`;
    const { text, remarks } = await toLink(table(csv), CLAIM, async (file) =>
      createHash("sha256").update(file).digest("hex"),
    );
    expect(remarks).toEqual([
      'The table doesn\'t fit into the link. Whoever opens it needs the file "t.csv" with the same bytes.',
    ]);
    expect(text.length).toBeLessThanOrEqual(LONGEST + 1);
    const { recipe } = await fromLink(text);
    expect(recipe.data).toEqual({
      kind: "file",
      sha256: digest(csv),
      bytes: csv.length,
      target: "b",
      task: "classes",
      name: "t.csv",
    });
  });
});

/** A link of any text, with a check that is right. */
function forged(json: string | Uint8Array, claim = "...", version = "1"): string {
  const packed =
    typeof json === "string" ? deflateRawSync(json).toString("base64url") : Buffer.from(json).toString("base64url");
  const text = `${version}.${packed}.${claim}`;
  let hash = 0x811c9dc5;
  for (let n = 0; n < text.length; n++) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193);
  return `#${text}${(hash >>> 1).toString(36).padStart(6, "0")}`;
}

describe("what is no link gets a sentence", () => {
  test("cut at every character, and with every character changed", async () => {
    const { text } = await toLink(RICH, { ...CLAIM, earlier: CLAIM.earlier.slice(0, 8) });
    for (let n = 0; n < text.length; n++) {
      await expect(fromLink(text.slice(0, n))).rejects.toBeInstanceOf(LinkError);
      const other = text[n] === "A" ? "B" : "A";
      await expect(fromLink(text.slice(0, n) + other + text.slice(n + 1))).rejects.toBeInstanceOf(LinkError);
    }
  });

  const data = { kind: "xor", rows: 100, noise: 0, seed: 1 };
  const json = (change: object) => JSON.stringify({ d: data, ...change });
  test.each([
    ["", "this is no link of the lab"],
    ["#section", "this is no link of the lab"],
    [forged(json({}), "...", "2"), "of a newer version of the lab"],
    ["#1.abc", "cut short or changed"],
    [`#1.${"a".repeat(200_000)}`, "longer than any that the lab makes"],
    [forged(deflateRawSync(Buffer.alloc(50_000_000))), "unpacks to more than any recipe has"],
    [forged(Uint8Array.of(255, 255, 255)), "damaged: what it holds can't be unpacked"],
    [forged("not json"), "what this link holds is no recipe"],
    [forged(deflateRawSync(Uint8Array.of(0xff, 0xfe, 0x22))), "what this link holds is no recipe"],
    [forged("null"), "a part of it is no object"],
    [forged(json({ __proto__x: 1 })), 'it has "__proto__x", which is unknown'],
    [forged('{"d":{"kind":"iris"},"__proto__":{"n":1}}'), 'it has "__proto__", which is unknown'],
    [forged('{"d":{"kind":"iris","__proto__":{"rows":1}}}'), 'data has "__proto__", which is unknown'],
    [forged('{"d":{"kind":"iris"},"n":{"__proto__":{"seed":1}}}'), 'it has "__proto__", which is unknown'],
    [forged('{"d":{"kind":"__proto__"}}'), 'data.kind is "__proto__"; one of'],
    [
      forged(json({ d: { ...data, rows: 1e9 } })),
      "data.rows is 1000000000; a whole number from 2 to 100,000 is expected",
    ],
    [forged(json({ d: { ...data, rows: "5" } })), 'data.rows is "5"'],
    [forged(json({ d: { ...data, csv: "" } })), 'data has "csv", which is unknown'],
    [forged(json({ f: [] })), "features is a list; one feature at least is expected"],
    [forged(json({ f: ["x1", "x1"] })), 'features has "x1" twice'],
    [forged(json({ f: ["x3"] })), 'features[0] is "x3"'],
    [
      forged(json({ n: { hidden: Array(17).fill({ units: 1 }) } })),
      "network.hidden has 17 items; up to 16 can be taken here",
    ],
    [forged(json({ n: { hidden: [{ units: 1e7 }] } })), "network.hidden[0].units is 10000000"],
    [forged(json({ n: { hidden: [{ units: 4096 }, { units: 4096 }] } })), "the network has 16,785,408 parameters"],
    [
      forged(json({ n: { hidden: [{ units: 3, activation: "softmax" }] } })),
      'network.hidden[0].activation is "softmax"',
    ],
    [forged(json({ n: { hidden: [{ units: 3, alpha: 1 }] } })), "network.hidden[0].alpha is 1; none is expected"],
    [
      forged(json({ n: { hidden: [{ type: "dropout" }] } })),
      "network.hidden[0].rate is undefined; a number is expected",
    ],
    [forged(json({ n: { hidden: [{ type: "dropout", rate: 1 }] } })), "network.hidden[0].rate is 1"],
    [forged(json({ n: { hidden: [{ type: "dropout", rate: 0.1, units: 3 }] } })), 'has "units", which is unknown'],
    [forged(json({ n: { loss: "auto2" } })), 'network.loss is "auto2"'],
    [forged(json({ n: { loss: { type: "mse" } } })), 'network.loss.type is "mse"'],
    [forged(json({ n: { optimizer: { type: "adam", momentum: 0.5 } } })), 'network.optimizer, "adam", has "momentum"'],
    [
      forged(json({ n: { optimizer: { type: "sgd", nesterov: true } } })),
      "a momentum of more than 0 with it is expected",
    ],
    [forged(json({ n: { seed: -1 } })), "network.seed is -1"],
    [forged(json({ n: { worker: true } })), 'it has "worker", which is unknown'],
    [forged(json({ t: { batchSize: 0.5 } })), "training.batchSize is 0.5"],
    [forged(json({ t: { schedule: { type: "cosine" } } })), "training.schedule.epochs is undefined"],
    [forged(json({ t: { schedule: { type: "cosine", epochs: 5, warmup: 6 } } })), "no more than 5, the epochs,"],
    [forged(json({ t: { validation: 1 } })), "training.validation is 1"],
    [forged(json({ d: { kind: "points", task: "classes", points: "zzz" } })), "data.points[0]"],
    [forged(json({ d: { kind: "points", task: "classes", points: "ab" } })), "data.points[0]"],
    [forged(json({ d: { kind: "points", task: "classes", points: [[0, 0]] } })), "data.points[0] is undefined"],
    [
      forged(json({ d: { kind: "file", task: "classes", target: "a", name: "b", sha256: "..", bytes: 1 } })),
      "data.sha256",
    ],
    [forged(json({}), `${"A".repeat(42)}.1..`), "what this link claims of the bits can't be read"],
    [forged(json({}), `${"A".repeat(43)}.-1..`), "what this link claims of the bits can't be read"],
    [forged(json({}), `${"A".repeat(43)}.1.1.`), "this link is damaged"],
    [
      forged(json({}), `${"A".repeat(43)}.1.${Array(41).fill("1AAAAAAAAAAA").join("*")}.`),
      "more digests than the lab writes",
    ],
  ])("%#: %.40s", async (text, message) => {
    const failed = await fromLink(text).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failed).toBeInstanceOf(LinkError);
    expect((failed as LinkError).message).toContain(message);
  });
});
