// parseCSV: against pandas' read_csv (test/fixtures/tables.py), in pieces of every size, and what is refused.

import { gzipSync } from "node:zlib";
import { FormatError, OptionError } from "bitgrad/errors";
import { type CSVOptions, parseCSV, parseCSVStream } from "bitgrad/tables";
import { describe, expect, it } from "vitest";
import { errorOf, wrong } from "../faults/expect-error.ts";
import fixture from "../fixtures/tables.json" with { type: "json" };

const OPTIONS: Readonly<Record<string, CSVOptions>> = {
  "decimal commas": { decimal: "," },
  "no header": { header: false },
};

function refuses(run: () => unknown, type: new (message: string) => Error, message: string): void {
  const error = errorOf(run) as Error;
  expect(error.message).toBe(message);
  expect(error).toBeInstanceOf(type);
}

async function recordsOf(chunks: Parameters<typeof parseCSVStream>[0], options?: CSVOptions) {
  const records: Record<string, string>[] = [];
  for await (const record of parseCSVStream(chunks, options)) records.push(record);
  return records;
}

describe.each(Object.entries(fixture.csv))("as pandas reads it: %s", (name, wanted) => {
  const options = OPTIONS[name];

  it("text, and bytes", () => {
    const found = parseCSV(wanted.text, options);
    expect(Object.keys(found)).toEqual(wanted.names);
    wanted.names.forEach((column, i) => {
      const numbers = wanted.numbers[i];
      if (numbers === null) expect(found[column]).toEqual(wanted.columns[i]);
      else expect(found[column]!.map((cell) => (cell === "" ? null : Number(cell)))).toEqual(numbers);
    });
    const bytes = new TextEncoder().encode(wanted.text);
    for (const same of [bytes, bytes.buffer, Buffer.from(bytes), new DataView(bytes.buffer)]) {
      expect(parseCSV(same, options)).toEqual(found);
    }
    const utf16 = Uint8Array.from([0xff, 0xfe, ...Buffer.from(wanted.text.replace("\ufeff", ""), "utf16le")]);
    expect(parseCSV(utf16, options)).toEqual(found);
  });

  it("in pieces of every size", async () => {
    const whole = parseCSV(wanted.text, options);
    const records = wanted.columns[0]!.map((_, s) =>
      Object.fromEntries(wanted.names.map((column) => [column, whole[column]![s]])),
    );
    const bytes = new TextEncoder().encode(wanted.text);
    for (let size = 1; size <= wanted.text.length; size++) {
      const cut = <T extends { slice(from: number, to: number): T; readonly length: number }>(all: T) =>
        Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size));
      expect(await recordsOf(cut(wanted.text), options), `text by ${size}`).toEqual(records);
      expect(await recordsOf(new Blob([bytes]).stream() as never, options)).toEqual(records);
      expect(await recordsOf(cut<Uint8Array>(bytes), options), `bytes by ${size}`).toEqual(records);
    }
  });
});

it("what divides cells is found in the first line, outside of quotes, or said", () => {
  expect(parseCSV('"a,b";"c,d";e\n1;2;3')).toEqual({ "a,b": ["1"], "c,d": ["2"], e: ["3"] });
  expect(parseCSV("a|b\n1|2")).toEqual({ a: ["1"], b: ["2"] });
  expect(parseCSV("a\n1\n2")).toEqual({ a: ["1", "2"] });
  expect(parseCSV("a b\n1 2", { delimiter: " " })).toEqual({ a: ["1"], b: ["2"] });
  expect(parseCSV("a;b,c\n1;2,5", { delimiter: ";" })).toEqual({ a: ["1"], "b,c": ["2,5"] });
  expect(parseCSV("a,b;c\n1,5;2", { decimal: "," })).toEqual({ "a,b": ["1.5"], c: ["2"] });
});

it("decimal commas become points in numbers, and stay in other texts", () => {
  const { a } = parseCSV('a\n"1,5"\n"-,5"\n"1,2e-3"\n"1,2,3"\n"x,5"\n1.5\n""\n', { decimal: ",", delimiter: ";" });
  expect(a).toEqual(["1.5", "-.5", "1.2e-3", "1,2,3", "x,5", "1.5"]);
});

it("blanks around names and cells are left out", () => {
  expect(parseCSV('a, b ,c\n1, x, \n 2 ,"\ty ",z')).toEqual({ a: ["1", "2"], b: ["x", "y"], c: ["", "z"] });
});

it("bytes in gzip are told from another encoding", () => {
  const message = "the bytes of CSV are compressed by gzip; decompress them before, by gunzipSync of node:zlib";
  expect(() => parseCSV(gzipSync("a,b\n1,x\n"))).toThrow(message);
});

it("lines end as in old and new systems, also within cells", () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    expect(parseCSV(["a,b", '"1\r\n2",3', "4,5"].join(end))).toEqual({ a: ["1\r\n2", "4"], b: ["3", "5"] });
  }
});

it("a million columns, and a million rows", () => {
  const names = Array.from({ length: 1e6 }, (_, i) => `c${i}`);
  const wide = parseCSV(`${names.join()}\n${names.fill("1").join()}`);
  expect(wide.c999999).toEqual(["1"]);
  const long = parseCSV(`a,b\n${"1,x\n".repeat(1e6)}`);
  expect([long.a!.length, long.b![999_999]]).toEqual([1e6, "x"]);
});

const QUOTES = 'a cell with quotes is written "with ""two"" for one"';

it.each<[string, string, string]>([
  ["empty text", "", "the text of CSV is empty; a line with the columns' names is expected"],
  ["empty lines", "\n\r\n", "the text of CSV is empty; a line with the columns' names is expected"],
  ["a header only", "a,b\n\n", 'the text of CSV has a header and no rows; its columns are "a", "b"'],
  ["a name twice", "a,b, a\n1,2,3", 'line 1 has the name "a" twice, of columns 1 and 3'],
  [
    "a short line",
    'a,b,c\n1,2,3\n\n"x\ny",2\n',
    'line 4 has 2 cells, divided by ","; 3, as the first line has, are expected: column 3, "c", is not there',
  ],
  [
    "a long line",
    "a;b\n1;2;z\n",
    'line 2 has 3 cells, divided by ";"; 2, as the first line has, are expected: column 3 is "z"',
  ],
  ["a quote that nothing closes", 'a,b\n1,"x\n2,y\n', `line 2, character 3 has a quote that nothing closes; ${QUOTES}`],
  [
    "a quote in a cell",
    'a,b\n1,5" pipe\n',
    `line 2, character 4 has a quote inside a cell that does not begin with one; ${QUOTES}`,
  ],
  ["text after a quote", 'a,b\n"1"x,2\n', `line 2, character 3 has text after the quote that closes a cell; ${QUOTES}`],
])("refuses %s", async (_, text, message) => {
  refuses(() => parseCSV(text), FormatError, message);
  for (const size of [1, 3, 100]) {
    const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, n) =>
      text.slice(n * size, (n + 1) * size),
    );
    await expect(recordsOf(chunks)).rejects.toThrow(message);
  }
});

it("refuses other encodings", () => {
  const message =
    'the bytes of CSV after line 1 are not in utf-8; decode other encodings before, such as new TextDecoder("windows-1252").decode(bytes)';
  refuses(() => parseCSV(Uint8Array.of(0x61, 0x0a, 0xfc)), FormatError, message);
});

it.each<[string, () => unknown, string]>([
  ["no text", () => parseCSV(wrong(5)), "text is 5; a text of CSV or its bytes are expected"],
  [
    "an unknown option",
    () => parseCSV("a\n1", wrong({ separator: ";" })),
    'options knows no "separator"; known: delimiter, decimal, header',
  ],
  [
    "two characters",
    () => parseCSV("a\n1", { delimiter: ";;" }),
    'delimiter is ";;"; one character is expected, no quote and no line end',
  ],
  [
    "a quote as delimiter",
    () => parseCSV("a\n1", { delimiter: '"' }),
    'delimiter is "\\""; one character is expected, no quote and no line end',
  ],
  ["a word as header", () => parseCSV("a\n1", { header: wrong("no") }), 'header is "no"; true or false is expected'],
  ["a decimal sign", () => parseCSV("a\n1", { decimal: wrong("'") }), 'decimal is "\'"; "." or "," is expected'],
])("refuses %s", (_, run, message) => refuses(run, OptionError, message));

it("chunks that are none, and streams that fail", async () => {
  await expect(recordsOf(["a\n", wrong(5)])).rejects.toThrow("a chunk of CSV is 5; a text or bytes are expected");
  async function* broken() {
    yield "a\n1\n";
    throw new Error("the disk is gone");
  }
  await expect(recordsOf(broken())).rejects.toThrow("the disk is gone");
});
