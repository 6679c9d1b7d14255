// What bitgrad train refuses: one sentence that says where and what to do, no stack, a status, and no file.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, it } from "vitest";
import { NODE, run } from "../support/command.ts";

const root = mkdtempSync(join(tmpdir(), "bitgrad-cli-"));
afterAll(() => rmSync(root, { recursive: true }));

const lines = (...all: string[]) => all.join("\n");
const Y = ["--target", "y"];
let count = 0;

async function refused(content: string | Uint8Array | undefined, args: readonly string[], name = "t.csv") {
  const cwd = join(root, String(count++));
  mkdirSync(cwd);
  if (content !== undefined) writeFileSync(join(cwd, name), content);
  const ended = await run(NODE, ["train", name, ...args], { cwd });
  expect(readdirSync(cwd)).toEqual(content === undefined ? [] : [name]);
  expect(ended.stdout).toBe("");
  expect(ended.stderr).not.toMatch(/^ +at |fault of bitgrad/m);
  return ended;
}

it.each<[what: string, content: string | Uint8Array, args: string[], status: number, message: string]>([
  ["a ragged line", lines("a,y", "1,x", "2"), Y, 1, "t.csv: line 3 has 1 cell"],
  [
    "a quote that is open",
    lines("a,y", '1,"x', "2,z"),
    Y,
    1,
    "t.csv: line 2, character 3 has a quote that nothing closes",
  ],
  ["a quote inside a cell", lines("a,y", '1,x"'), Y, 1, "t.csv: line 2, character 4 has a quote inside a cell"],
  ["an empty file", "", Y, 1, "t.csv: the text of CSV is empty"],
  ["a header alone", "a,y\r\n", Y, 1, 't.csv: the text of CSV has a header and no rows; its columns are "a", "y"'],
  ["a name twice", lines("a,a,y", "1,2,x"), Y, 1, 'line 1 has the name "a" twice, of columns 1 and 2'],
  ["another encoding", Buffer.from("a,y\n\xe4,x\n", "latin1"), Y, 1, "save it in UTF-8, such as with iconv"],
  [
    "no such target",
    lines("a,species", "1,x"),
    ["--target", "specie"],
    2,
    'no column "specie"; did you mean "species"?',
  ],
  [
    "more columns than can be learned from",
    lines(Array.from({ length: 2 ** 19 + 1 }, (_, i) => i.toString(36)).join(), "1,2".padEnd(2 ** 20 + 1, ",1")),
    Y,
    1,
    "t.csv: it has 524289 columns; at most 524288 are expected. Are rows and columns exchanged?",
  ],
  [
    "a binary file",
    Buffer.from("PK\u0003\u0004\n\0\0\0"),
    Y,
    1,
    "t.csv: line 2 has a zero character, which a text of CSV has not: is it a binary file, or UTF-16 without a byte order",
  ],
  ["no such column to drop", lines("a,y", "1,x"), [...Y, "--drop", "b"], 2, 't.csv: there is no column "b"'],
  ["nothing to learn from", lines("a,y", "1,x"), [...Y, "--drop", "a"], 2, "there are no columns to learn from"],
  ["a target that is dropped", lines("a,y", "1,x"), [...Y, "--drop", "y,a"], 2, '--drop has "y", which is the target'],
  ["one class", lines("a,y", "1,x", "2,x", "3,x"), Y, 1, 't.csv: column "y" has one class, "x"'],
  [
    "all cells missing",
    lines("a,b,y", ",1,x", ",2,z", ",3,x", ",4,z"),
    Y,
    1,
    'column "a" has no cell that is there; --drop leaves it out',
  ],
  [
    "a target missing",
    lines("a,y", "1,2", "2,", "3,4"),
    Y,
    1,
    't.csv: column "y", row 1 (line 3) is ""; a target is expected in every row',
  ],
  [
    "a label missing",
    lines("a,y", "1,x", "2,z", "3,"),
    Y,
    1,
    't.csv: column "y", row 2 (line 4) is ""; a target is expected in every row',
  ],
  [
    "a target's word",
    lines("a,y", "1,2", "2,NA", "3,4"),
    Y,
    1,
    'row 1 (line 3) is "NA", and most of column "y" are numbers; --task classification takes',
  ],
  [
    "a word among numbers",
    lines("a,y", "1,x", "NA,z", "3,x", "4,z", "5,x", "6,z"),
    [...Y, "--test", "0"],
    1,
    '(line 3) is "NA", and most of column "a" are numbers; --categories takes the column\'s cells as categories, --missing NA',
  ],
  [
    "labels as numbers",
    lines("a,y", "1,x", "2,z"),
    [...Y, "--task", "regression"],
    1,
    't.csv: column "y", row 0 (line 2) is "x"',
  ],
  [
    "decimal commas",
    lines("a;y", "1,5;x", "2,5;z", "3,5;x"),
    Y,
    1,
    'is "1,5", as if with a decimal comma; --decimal-comma reads these as numbers',
  ],
  ["targets' decimal commas", lines("a;y", "1;2,5", "2;3,5"), Y, 1, "--decimal-comma reads these as numbers"],
  [
    "targets of two tasks",
    lines("a,y,z", "1,x,0.5", "2,w,1.5", "3,x,2.5"),
    ["--target", "y,z"],
    2,
    "several targets are all classes or all numbers",
  ],
  ["more folds than rows", lines("a,y", "1,x", "2,z"), [...Y, "--cv", "3"], 2, "--cv is 3; the table has 2 rows"],
  [
    "a class of one row, in folds",
    lines("a,y", "1,x", "2,z", "3,z"),
    [...Y, "--cv", "2"],
    2,
    '--cv needs two rows of every class; y has one of "x"',
  ],
  ["gzip that is cut", gzipSync("a,y\n1,x\n2,z").subarray(0, 20), Y, 1, "t.csv: the gzip file is damaged"],
  ["a folder to write to", lines("a,y", "1,x"), [...Y, "-o", "none/model"], 2, "none/model: there is no folder none/"],
  ["an unknown option", "", [...Y, "--epoch", "3"], 2, "Did you mean --epochs?"],
  ["no target", "", [], 2, "--target <columns>"],
  ["units that are none", "", [...Y, "--hidden", "64,x"], 2, "such as 64,64"],
  ["a seed that is none", "", [...Y, "--seed", "1.5"], 2, "a whole number from 0 to 9007199254740991 is expected"],
  ["a share that is none", "", [...Y, "--test", "20"], 2, "a number from 0 to below 1 is expected"],
  [
    "test rows beside folds",
    "",
    [...Y, "--cv", "5", "--test", "0.3"],
    2,
    "cannot be used with option '--test <share>'",
  ],
  ["a long delimiter", "", [...Y, "--delimiter", ";;"], 2, "one character is expected"],
  ["an unknown engine", "", [...Y, "--engine", "gpu"], 2, "Allowed choices are wasm, reference"],
  ["an unknown activation", "", [...Y, "--activation", "rel"], 2, '--activation is "rel"; did you mean "relu"?'],
  ["an unknown type", "", [...Y, "--dtype", "f16"], 2, '--dtype is "f16"; "f32" or "f64" is expected'],
  ["a preset that is none", "", [...Y, "--preset", "best"], 2, '--preset is "best"'],
  ["weights that are none", "", [...Y, "--class-weights", "1,x"], 2, "a number of 0 or more is expected"],
  ["a pair that is none", "", [...Y, "--kinds", "a"], 2, '--kinds has "a"; column=kind is expected'],
  ["an unknown way", "", [...Y, "--missing-cells", "mean"], 2, '--missing-cells is "mean"'],
  [
    "weights of other classes",
    lines("a,y", "1,x", "2,z", "3,x", "4,z", "5,x", "6,z"),
    [...Y, "--class-weights", "1,2,3"],
    2,
    "--class-weights has 3 elements; 2 are expected",
  ],
  [
    "weights of numbers",
    lines("a,y", "1,0.5", "2,1.5", "3,2.5"),
    [...Y, "--class-weights", "balanced"],
    2,
    "--class-weights is given; the targets are numbers, and it is for classes",
  ],
  [
    "a kind that is none",
    lines("a,y", "1,x", "2,z", "3,x", "4,z"),
    [...Y, "--kinds", "a=ordinary"],
    2,
    '--kinds: a is "ordinary"; did you mean "ordinal"?',
  ],
  [
    "a kind of no column",
    lines("age,y", "1,x", "2,z", "3,x", "4,z"),
    [...Y, "--kinds", "agee=robust"],
    2,
    '--kinds names the column "agee", which there is not; did you mean "age"?',
  ],
  ["two things on one output", "", [...Y, "--output", "-", "--json"], 2, "both write to standard output"],
])("%s", async (_, content, args, status, message) => {
  const ended = await refused(content, args);
  expect(ended.stderr).toContain(message);
  expect(ended.status).toBe(status);
});

it("a file that is not there, a folder, and a name of gzip that is none", async () => {
  expect((await refused(undefined, Y)).stderr).toBe("bitgrad: t.csv: there is no such file or folder\n");
  const cwd = join(root, "beside a model");
  mkdirSync(cwd);
  writeFileSync(join(cwd, "model.safetensors"), "");
  const { stderr } = await run(NODE, ["train", "t.csv", ...Y], { cwd });
  expect(stderr).toBe("bitgrad: t.csv: there is no such file or folder\n");
  expect((await refused(undefined, Y, ".")).stderr).toBe("bitgrad: .: it is a folder; a file is expected\n");
  expect((await refused("a,y\n1,x", Y, "t.csv.gz")).stderr).toContain("by its name it is a gzip file");
});

it("2 GB, as they are and out of gzip", async () => {
  const cwd = join(root, "large");
  mkdirSync(cwd);
  writeFileSync(join(cwd, "large.csv"), "");
  truncateSync(join(cwd, "large.csv"), 2 ** 31);
  const { status, stderr } = await run(NODE, ["train", "large.csv", ...Y], { cwd });
  expect(stderr).toMatch(
    /large\.csv: it has more than \d{8,9} bytes, which may not fit into memory; --sample 1000000 learns from so many/,
  );
  expect(status).toBe(1);
  rmSync(join(cwd, "large.csv"));
});

it("predict and inspect refuse what is no model, and a network without a table", async () => {
  const cwd = join(root, "models");
  mkdirSync(cwd);
  writeFileSync(join(cwd, "t.csv"), "a,y\n1,x");
  for (const args of [
    ["inspect", "t.csv"],
    ["predict", "t.csv", "t.csv"],
  ]) {
    const { status, stderr } = await run(NODE, args, { cwd });
    expect(stderr).toMatch(/^bitgrad: t\.csv: .*; a file that bitgrad train or Network\.save wrote is expected\n$/);
    expect(status).toBe(1);
  }
  const { Network } = await import("bitgrad");
  writeFileSync(join(cwd, "bare"), Network.createSync({ inputs: 1, layers: [{ units: 1 }] }).save());
  expect((await run(NODE, ["predict", "bare", "t.csv"], { cwd })).stderr).toContain("without the encoders of a table");
  expect((await run(NODE, ["inspect", "bare"], { cwd })).stdout).toContain("layers       1 → 1 linear");
});
