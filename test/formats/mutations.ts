// Damaged and hostile copies of a file: cut at every byte, with other bits and bytes, with other values in its JSON.

import { uniform } from "../support/random.ts";

/** A file: bytes, or JSON text. */
export type File = Uint8Array | string;

/** JSON that lies in a file of bytes. */
export interface EmbeddedJSON {
  of(file: Uint8Array): string;
  /** The same file with other JSON. */
  with(file: Uint8Array, json: string): Uint8Array;
}

export interface Mutation {
  /** What was done. */
  readonly name: string;
  readonly file: File;
}

/** Every beginning of it. */
export function* cuts(file: File): Generator<Mutation> {
  for (let length = 0; length < file.length; length++) yield { name: `cut at ${length}`, file: file.slice(0, length) };
}

/** Each byte with each bit flipped, as 0 and as 255; of text, each character as some others, and none. */
export function* changes(file: File): Generator<Mutation> {
  for (let at = 0; at < file.length; at++) {
    if (typeof file === "string") {
      for (const other of ['"', "[", "{", "0", "-", ""]) {
        const name = `character ${at} is ${JSON.stringify(other)}`;
        yield { name, file: file.slice(0, at) + other + file.slice(at + 1) };
      }
      continue;
    }
    for (const other of [...Array.from({ length: 8 }, (_, bit) => file[at]! ^ (1 << bit)), 0, 255]) {
      const changed = file.slice();
      changed[at] = other;
      yield { name: `byte ${at} is ${other}`, file: changed };
    }
  }
}

/** Sizes and offsets that overflow, as bytes of 32 and 64 bits in both orders, and in groups of 7 bits. */
const HUGE: readonly (readonly number[])[] = [
  [255, 255, 255, 255],
  [255, 255, 255, 127],
  [0, 0, 0, 128],
  [255, 255, 255, 255, 255, 255, 255, 255],
  [255, 255, 255, 255, 255, 255, 255, 127],
  [0, 0, 0, 0, 0, 0, 0, 128],
  [128, 0, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0, 0, 0],
  [255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
  [128, 128, 128, 128, 128, 128, 128, 128, 128, 1],
];

/** `count` copies, each with one to three runs of bytes removed, repeated, moved, random or huge. */
export function* shuffles(file: Uint8Array, count: number, seed: number): Generator<Mutation> {
  const next = uniform(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  for (let n = 0; n < count; n++) {
    let bytes = [...file];
    const done: string[] = [];
    for (let times = 1 + below(3); times > 0; times--) {
      const [at, length] = [below(bytes.length + 1), 1 + below(16)];
      const run = bytes.slice(at, at + length);
      const huge = HUGE[below(HUGE.length)]!;
      const ways: Readonly<Record<string, () => number[]>> = {
        removed: () => [...bytes.slice(0, at), ...bytes.slice(at + length)],
        repeated: () => [...bytes.slice(0, at), ...run, ...bytes.slice(at)],
        moved: () => {
          const rest = [...bytes.slice(0, at), ...bytes.slice(at + length)];
          const to = below(rest.length + 1);
          return [...rest.slice(0, to), ...run, ...rest.slice(to)];
        },
        random: () => bytes.map((byte, n) => (n >= at && n < at + length ? below(256) : byte)),
        huge: () => [...bytes.slice(0, at), ...huge, ...bytes.slice(at + huge.length)],
        "huge inserted": () => [...bytes.slice(0, at), ...huge, ...bytes.slice(at)],
      };
      const names = Object.keys(ways);
      const way = names[below(names.length)]!;
      bytes = ways[way]!();
      done.push(`${length} at ${at} ${way}`);
    }
    yield { name: `${done.join(", ")} (number ${n} of seed ${seed})`, file: Uint8Array.from(bytes) };
  }
}

const VALUES = [
  ...["null", "true", "0", "-0", "-1", "0.5", "1e999", "-1e999", "1e308", "1e-320", "9007199254740993", "4294967296"],
  ...["9223372036854775808", '""', '"0"', '"__proto__"', '"constructor"', '"\\u0000"', "[]", "{}", "[[]]", "[null]"],
  ...['{"length":4294967295}', '{"__proto__":[]}', '{"constructor":null}', '{"constructor":{"name":{"toString":1}}}'],
  ...['{"toString":1,"valueOf":1,"toJSON":1}', "[[[[[[[[0]]]]]]]]"],
];

const MANY = 100_000;

/** Deep, long, and of many digits. */
const LARGE: Readonly<Record<string, string>> = {
  "nested arrays": "[".repeat(MANY) + "]".repeat(MANY),
  "nested objects": `${'{"a":'.repeat(MANY)}0${"}".repeat(MANY)}`,
  "a long array": `[${"0,".repeat(MANY)}0]`,
  "a long array of arrays": `[${"[],".repeat(MANY)}[]]`,
  "a long object": `{${Array.from({ length: MANY }, (_, n) => `"${n}":0`)}}`,
  "a long text": JSON.stringify("1".repeat(MANY)),
  "many digits": `1${"0".repeat(MANY)}`,
  "many digits below 1": `0.${"0".repeat(MANY)}1`,
};

/** Every value as another, members and elements missing, twice and renamed, "__proto__" in every object. */
export function* values(json: string): Generator<{ readonly name: string; readonly json: string }> {
  const { text, spans } = spansOf(JSON.parse(json));
  const changed = (what: string, start: number, end: number, by: string) => {
    const name = `${what} at ${start}: ${text.slice(start, Math.min(end, start + 40))}`;
    return { name, json: text.slice(0, start) + by + text.slice(end) };
  };
  const large = Object.entries(LARGE);
  for (const [n, { kind, start, end }] of spans.entries()) {
    if (kind === "value") {
      for (const other of VALUES) yield changed(`${other} for the value`, start, end, other);
      const [what, other] = large[n % large.length]!; // all of them for each value would take minutes
      yield changed(`${what} for the value`, start, end, other);
      const inside = text[start];
      const comma = text[start + 1] === "}" || text[start + 1] === "]" ? "" : ",";
      if (inside === "{") {
        for (const member of ['"__proto__":{"polluted":1}', '"x":1', '"toString":1', '"constructor":1']) {
          yield changed(`${member} in the object`, start, start + 1, `{${member}${comma}`);
        }
      }
      if (inside === "[") yield changed("null in the array", start, start + 1, `[null${comma}`);
      continue;
    }
    const own = text.slice(start, end);
    if (text[end] === ",") yield changed("without the part", start, end + 1, "");
    else if (text[start - 1] === ",") yield changed("without the part", start - 1, end, "");
    else yield changed("without the part", start, end, "");
    yield changed("twice the part", start, end, `${own},${own}`);
    if (kind === "member") {
      const key = /^"(?:[^"\\]|\\.)*"/.exec(own)![0].length;
      for (const other of ['"__proto__"', '"constructor"', '""']) {
        yield changed(`the key ${other}`, start, start + key, other);
      }
    }
  }
  for (const [what, other] of large) yield { name: `${what} for all`, json: other };
  for (const [what, other] of large) yield { name: `${what} beside all`, json: `{"${MANY}":${other},${text.slice(1)}` };
}

interface Span {
  readonly kind: "value" | "member" | "element";
  readonly start: number;
  readonly end: number;
}

/** JSON text without spaces, and where its values and the parts of its objects and arrays are. */
function spansOf(json: unknown): { text: string; spans: Span[] } {
  let text = "";
  const spans: Span[] = [];
  const spanned = (kind: Span["kind"], write: () => void) => {
    const start = text.length;
    write();
    spans.push({ kind, start, end: text.length });
  };
  const write = (value: unknown): void => {
    spanned("value", () => {
      if (typeof value !== "object" || value === null) {
        text += JSON.stringify(value);
        return;
      }
      const isArray = Array.isArray(value);
      text += isArray ? "[" : "{";
      Object.entries(value).forEach(([key, part], n) => {
        if (n > 0) text += ",";
        spanned(isArray ? "element" : "member", () => {
          if (!isArray) text += `${JSON.stringify(key)}:`;
          write(part);
        });
      });
      text += isArray ? "]" : "}";
    });
  };
  write(json);
  return { text, spans };
}
