// Networks as C99: headers that have the bits of network.predict, by every compiler and on every processor at hand.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Network } from "bitgrad";
import { DisposedError, OptionError } from "bitgrad/errors";
import { toC } from "bitgrad/formats";
import { afterAll, describe, expect, it } from "vitest";
import { type NeedName, skippedWithout } from "../needs.ts";
import { someOf } from "../support/slow.ts";
import { type Case, casesOf } from "./standalone-networks.ts";

const FLAGS = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off"];

const folder = mkdtempSync(join(tmpdir(), "bitgrad-c-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const all = { f32: casesOf("f32"), f64: casesOf("f64") };

const numbersOf = { f32: Float32Array, f64: Float64Array };

/** The bits of numbers in hexadecimal; of NaN its name. */
function bitsOf(values: readonly number[], dtype: "f32" | "f64"): string[] {
  const view = new DataView(new ArrayBuffer(8));
  return Array.from(numbersOf[dtype].from(values), (value) => {
    if (Number.isNaN(value)) return "nan";
    if (dtype === "f64") view.setFloat64(0, value);
    else view.setFloat32(0, value);
    const digits = dtype === "f64" ? view.getBigUint64(0) : view.getUint32(0);
    return digits.toString(16);
  });
}

/** A program that prints the outputs for all rows of all cases, whose headers lie beside it. */
function programOf(cases: readonly Pick<Case, "network" | "x">[], dtype: "f32" | "f64"): string {
  const [real, bits, print] = dtype === "f32" ? ["float", "uint32_t", "PRIx32"] : ["double", "uint64_t", "PRIx64"];
  const suffix = dtype === "f32" ? "u" : "ull";
  cases.forEach(({ network }, n) => {
    writeFileSync(join(folder, `${dtype}_${n}.h`), toC(network, { name: `${dtype}_${n}` }));
  });
  const runs = cases.map(({ network, x }, n) => {
    const given = bitsOf(x.flat(), dtype).map((digits) =>
      digits === "nan" ? QUIET_NAN[dtype] : `0x${digits}${suffix}`,
    );
    return `  static const ${bits} x${n}[] = {${given.join(", ")}};
  run(${dtype}_${n}, x${n}, ${x.length}, ${network.inputs}, ${network.outputs});`;
  });
  const path = join(folder, `${dtype}.c`);
  writeFileSync(
    path,
    `${cases.map((_, n) => `#include "${dtype}_${n}.h"`).join("\n")}
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void run(void (*predict)(const ${real} *, ${real} *), const ${bits} *given, int rows, int inputs, int outputs) {
  for (int s = 0; s < rows; s++) {
    ${real} x[16], a[16];
    memcpy(x, given + s * inputs, (size_t)inputs * sizeof *x);
    predict(x, a);
    for (int j = 0; j < outputs; j++) {
      ${bits} found;
      memcpy(&found, a + j, sizeof found);
      if (a[j] != a[j]) printf("nan\\n");
      else printf("%" ${print} "\\n", found);
    }
  }
}

int main(void) {
${runs.join("\n")}
  return 0;
}
`,
  );
  return path;
}

const QUIET_NAN = { f32: "0x7fc00000u", f64: "0x7ff8000000000000ull" };

interface Compiler {
  readonly need: NeedName;
  readonly compile: readonly string[];
  readonly run: readonly string[];
}

const COMPILERS: readonly Compiler[] = [
  { need: "cc", compile: ["cc", "-O2"], run: [] },
  { need: "cc", compile: ["cc", "-O0"], run: [] },
  { need: "cc", compile: ["cc", "-O3", "-funroll-loops"], run: [] },
  { need: "clang", compile: ["clang", "-O2"], run: [] },
  { need: "gccForArm64", compile: ["aarch64-linux-gnu-gcc", "-O2", "-static"], run: ["qemu-aarch64"] },
  {
    need: "gccForS390x",
    compile: ["s390x-linux-gnu-gcc", "-O2", "-static", "-fexcess-precision=fast"],
    run: ["qemu-s390x"],
  },
];

const absent = new Map<NeedName, boolean>();
for (const { need } of COMPILERS) absent.set(need, await skippedWithout(need));

describe.each(COMPILERS.map((compiler, n) => ({ ...compiler, n })))("$compile", ({ need, compile, run, n }) => {
  const dtypes = someOf(["f32", "f64"] as const, (_, d) => n === 0 || n % 2 === d);
  it.skipIf(absent.get(need)!).each(dtypes)("%s: the bits of predict", (dtype) => {
    const cases = all[dtype];
    const program = join(folder, "program");
    const [compiler, ...options] = compile;
    execFileSync(compiler!, [...options, ...FLAGS, "-o", program, programOf(cases, dtype)]);
    const [command, ...more] = [...run, program];
    const found = execFileSync(command!, more, { encoding: "utf8" }).trim().split("\n");
    const wrong = cases.filter(({ a }) => {
      const wanted = bitsOf(a.flat(), dtype);
      return found.splice(0, wanted.length).join() !== wanted.join();
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
    expect(found).toEqual([]);
  });
});

describe.skipIf(absent.get("cc")!)("the header", () => {
  const net = Network.createSync({ inputs: 2, layers: [{ units: 2, activation: "relu" }, { units: 1 }] });

  it("calls nothing: no allocation, no library", () => {
    for (const dtype of ["f32", "f64"] as const) {
      const source = programOf(all[dtype], dtype).replace(/\.c$/, "-alone.c");
      const real = dtype === "f32" ? "float" : "double";
      const lines = all[dtype].map(
        (_, n) => `#include "${dtype}_${n}.h"
void call_${n}(const ${real} *x, ${real} *a) { ${dtype}_${n}(x, a); }`,
      );
      writeFileSync(source, `${lines.join("\n")}\n`);
      const object = join(folder, "alone.o");
      execFileSync("cc", [...FLAGS, "-O2", "-fno-pie", "-fno-stack-protector", "-c", "-o", object, source]);
      expect(execFileSync("nm", ["--undefined-only", object], { encoding: "utf8" })).toBe("");
    }
  });

  it("has the roots of the C library, of any bits above 0", () => {
    const layers = [{ type: "layerNormalization" }, { units: 1 }] as const;
    const normalized = Network.createSync({ inputs: 2, layers, dtype: "f64" });
    writeFileSync(join(folder, "root.h"), toC(normalized, { name: "root" }));
    const source = join(folder, "root.c");
    writeFileSync(
      source,
      `#include "root.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static unsigned long wrong;

static void compare(uint64_t bits) {
  double z, found, wanted;
  memcpy(&z, &bits, sizeof z);
  found = root_square_root(z);
  wanted = sqrt(z);
  wrong += memcmp(&found, &wanted, sizeof found) != 0;
}

int main(void) {
  uint64_t state = UINT64_C(88172645463325252);
  for (int n = 0; n < 3000000; n++) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    if (state % UINT64_C(0x7ff0000000000000) == 0) continue;
    compare(state % UINT64_C(0x7ff0000000000000)); // finite
    compare(state % UINT64_C(0x10000000000000) | 1); // subnormal
    const float z = (float)(state % UINT64_C(0x7f7fffff)), found = (float)root_square_root(z);
    wrong += found != sqrtf(z) && z > 0;
  }
  for (int n = 1; n < 100000; n++) {
    const uint64_t one = UINT64_C(0x3ff0000000000000); // around 1, around the ends
    compare(one + (uint64_t)n);
    compare(one - (uint64_t)n);
    compare((uint64_t)n);
    compare(UINT64_C(0x7ff0000000000000) - (uint64_t)n);
    compare(UINT64_C(0x10000000000000) - 50000 + (uint64_t)n);
  }
  compare(UINT64_C(0x7ff0000000000000));
  printf("%lu\\n", wrong);
  return 0;
}
`,
    );
    execFileSync("cc", [...FLAGS, "-O2", "-o", join(folder, "root"), source, "-lm"]);
    expect(execFileSync(join(folder, "root"), { encoding: "utf8" })).toBe("0\n");
  });

  it("passes NaN and infinite numbers on, which predict refuses", () => {
    net.setParameters([
      { weights: [-1, 2, 1, 1], biases: [0, 0] },
      { weights: [1, 1], biases: [0] },
    ]);
    const x = [
      [Number.NaN, 1],
      [-Infinity, 0.5],
    ];
    const program = join(folder, "not-finite");
    execFileSync("cc", [...FLAGS, "-o", program, programOf([{ network: net, x }], "f32")]);
    expect(execFileSync(program, { encoding: "utf8" })).toBe("nan\n7f800000\n");
  });

  it("refuses to be compiled where it would be wrong", () => {
    writeFileSync(join(folder, "fast.h"), toC(net));
    writeFileSync(join(folder, "fast.c"), '#include "fast.h"\n');
    const compiled = () =>
      execFileSync("cc", ["-std=c99", "-ffast-math", "-c", "-o", join(folder, "fast.o"), join(folder, "fast.c")], {
        stdio: "pipe",
      });
    expect(compiled).toThrow("must be rounded at every operation");
  });
});

describe("what is written", () => {
  const layers = [{ type: "dropout", rate: 0.2 }, { units: 3, activation: "relu" }, { units: 1 }] as const;
  const net = Network.createSync({ inputs: 2, layers });

  it("is ASCII, and has what the activations need alone", () => {
    const header = toC(net, { name: "score" });
    expect(header).toMatch(/^\/\/ A network 2 -> 3 relu -> 1 linear in f32, written by bitgrad\./);
    expect(header).toMatch(/^[\n -~]*$/);
    expect(header).toContain("static inline void score(const float *x, float *a) {\n  float a1[3];\n  score_dense(");
    expect(header).not.toMatch(/POWERS|LOGARITHMS|TAIL|exp|tanh/);
    expect(header.length).toBeLessThan(2600);
  });

  it.each(["", "1a", "a-b", "a;", "_a", "é", "int", "main", "while", "size_t", "a".repeat(49)])(
    "the name %j is refused",
    (name) => {
      expect(() => toC(net, { name })).toThrow(OptionError);
    },
  );

  it("other options, and what is no network, are refused", () => {
    expect(() => toC(net, { name: 5 as unknown as string })).toThrow("name is 5; an identifier of C");
    expect(() => toC(net, { nam: "a" } as object)).toThrow('did you mean "name"?');
    for (const other of [null, {}, "net", Network]) expect(() => toC(other as Network)).toThrow(OptionError);
    const gone = Network.createSync({ inputs: 2, layers });
    gone.dispose();
    expect(() => toC(gone)).toThrow(DisposedError);
  });
});
