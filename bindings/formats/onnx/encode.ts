// An Encoder as part of a model: each column of the table is an input, and is encoded in f64, with the encoder's bits.

import { show } from "../../checks.ts";
import { scaleOf } from "../../data/coding.ts";
import type { SavedCategories, SavedColumn, SavedNumbers } from "../../data/columns.ts";
import { widthOfColumn } from "../../data/columns.ts";
import { cellsOf, checkWords } from "../../data/kinds.ts";
import { checkColumn } from "../../data/saved-columns.ts";
import { type EncoderLike, toSaved } from "../../data/saved-encoders.ts";
import { OptionError } from "../../errors.ts";
import type { DType } from "../../numbers.ts";
import { DOUBLE, type Graph, STRING } from "./graph.ts";

interface ReadEncoder {
  readonly columns: readonly SavedColumn[];
  /** Cells that count as missing. */
  readonly words: ReadonlySet<unknown>;
}

/** @throws OptionError if it is no encoder, or one of another network */
export function readEncoder(given: EncoderLike, inputs: number): ReadEncoder {
  const { columns, missingWords } = toSaved("encoder", given);
  const checked = columns.map(checkColumn);
  const width = checked.reduce((sum, column) => sum + widthOfColumn(column), 0);
  if (width === inputs) return { columns: checked, words: cellsOf(checkWords(missingWords)) };
  throw new OptionError(`encoder has width ${width}; ${inputs}, the network's inputs, is expected`);
}

/** The encoded columns [batch, inputs], in the dtype. */
export function writeEncoder(graph: Graph, { columns, words }: ReadEncoder, dtype: DType): string {
  const names = columns.map(({ name }, i) => name ?? `x${i}`);
  names.forEach((name, i) => {
    if (name === "" || names.indexOf(name) < i) {
      throw new OptionError(`encoder.columns[${i}].name is ${show(name)}; each input of a model has its own name`);
    }
  });
  const values = columns.map((column, i) => {
    if (column.kind === "drop") return "";
    const isText = isOfTexts(column, i);
    return graph.input(names[i]!, isText ? STRING : DOUBLE, 1);
  });
  const parts = columns.flatMap((column, i) => {
    if (column.kind === "drop") return [];
    graph.prefix = `encoder.${i}`;
    const writing = { graph, words, value: values[i]! };
    return "categories" in column ? categories(writing, column) : numbers(writing, column);
  });
  graph.prefix = "encoder";
  const encoded = graph.node("Concat", parts, { axis: { whole: 1 } });
  return dtype === "f64" ? encoded : graph.node("Cast", [encoded], { to: { whole: 1 } });
}

interface Writing {
  readonly graph: Graph;
  readonly words: ReadonlySet<unknown>;
  /** The column's input. */
  readonly value: string;
}

/** Whether the cells of a column are texts. What ONNX hasn't is refused. */
function isOfTexts(column: Exclude<SavedColumn, { kind: "drop" }>, i: number): boolean {
  const refuse = (words: string) => {
    const name = column.name === undefined ? "" : ` (${show(column.name)})`;
    throw new OptionError(`encoder.columns[${i}]${name} ${words}; that can't be written as ONNX`);
  };
  if (column.kind === "quantile") refuse('is of kind "quantile"');
  if ("values" in column && column.values === "date") refuse("has dates");
  if (!("categories" in column)) return false;
  const types = new Set(column.categories.map((category) => typeof category));
  if (types.size > 1) refuse(`has categories of the types ${[...types].join(", ")}`);
  return types.has("string");
}

/** Whether a number of f64 is NaN or one of the words. */
function isMissing({ graph, value }: Writing, words: readonly number[]): string {
  const empty = graph.node("IsNaN", [value]);
  return words.length === 0 ? empty : graph.node("Or", [empty, anyOf(graph, isOneOf(graph, value, words))]);
}

/** [batch, 1] to [batch, values]: which of them it is. */
function isOneOf(graph: Graph, value: string, values: readonly number[]): string {
  return graph.node("Equal", [value, graph.constant(values, "f64")]);
}

/** Whether any of [batch, n] is true. */
function anyOf(graph: Graph, flags: string): string {
  const most = graph.node("ReduceMax", [asNumbers(graph, flags)], { axes: { wholes: [1] } });
  return graph.node("Greater", [most, graph.constant(0, "f64")]);
}

function asNumbers(graph: Graph, flags: string): string {
  return graph.node("Cast", [flags], { to: { whole: DOUBLE } });
}

/** NaN where a cell is refused. */
function refusing(graph: Graph, refused: string, value: string): string {
  return graph.node("Where", [refused, graph.constant(NaN, "f64"), value]);
}

function numbers(writing: Writing, column: SavedColumn & SavedNumbers): string[] {
  const { graph, words } = writing;
  const { fill, values } = column;
  const own = values === "boolean" ? [] : [...words].filter((word): word is number => typeof word === "number");
  const missing = isMissing(writing, own);
  const known = graph.node("Where", [missing, graph.constant(fill ?? NaN, "f64"), writing.value]);
  const [offset, scale] = scaleOf(column);
  const apply = (operator: string, value: string, number: number) =>
    graph.node(operator, [value, graph.constant(number, "f64")]);
  let scaled = offset === 0 ? known : apply("Sub", known, offset);
  if (scale !== 1) scaled = apply("Div", scaled, scale);
  if (column.kind === "robustSmoothClip") {
    const third = apply("Div", scaled, 3);
    const root = graph.node("Sqrt", [apply("Add", graph.node("Mul", [third, third]), 1)]);
    scaled = graph.node("Div", [scaled, root]);
  }
  return column.missingColumn ? [scaled, asNumbers(graph, missing)] : [scaled];
}

function categories(writing: Writing, column: SavedCategories): string[] {
  const { graph } = writing;
  const { fill, unseen, missingColumn, kind } = column;
  const count = column.categories.length;
  const places = Array.from({ length: count }, (_, n) => n);
  const { which, missing } =
    typeof column.categories[0] === "string" ? ofTexts(writing, column) : ofNumbers(writing, column);
  let found = which;
  if (fill !== undefined) {
    const filled = graph.node("And", [
      missing,
      isOneOf(graph, graph.constant(column.categories.indexOf(fill), "f64"), places),
    ]);
    found = graph.node("Or", [found, filled]);
  }
  const known = anyOf(graph, found);
  const other = () => graph.node("Not", [graph.node("Or", [known, missing])]);
  const ones = asNumbers(graph, found);
  let encoded = ones;
  if (kind === "ordinal") {
    // the place of the only 1, and −1 of none
    const column = graph.tensor(
      "encoder.places",
      [count, 1],
      Float64Array.from(places, (n) => n + 1),
    );
    encoded = graph.node("Add", [graph.node("MatMul", [ones, column]), graph.constant(-1, "f64")]);
  }
  const refusesMissing = fill === undefined && missingColumn === undefined;
  if (unseen === undefined) encoded = refusing(graph, refusesMissing ? graph.node("Not", [known]) : other(), encoded);
  else if (refusesMissing) encoded = refusing(graph, missing, encoded);
  return [
    encoded,
    ...(missingColumn ? [asNumbers(graph, missing)] : []),
    ...(unseen === "column" ? [asNumbers(graph, other())] : []),
  ];
}

interface Found {
  /** [batch, categories]: which category a cell is. */
  readonly which: string;
  /** [batch, 1]. A category isn't missing, even if it is one of the words. */
  readonly missing: string;
}

/** Booleans are 1 and 0. */
function ofNumbers(writing: Writing, { categories }: SavedCategories): Found {
  const { graph, words, value } = writing;
  const numbers = categories.map(Number);
  const own = typeof categories[0] === "boolean" ? [] : [...words];
  const others = own.filter((word): word is number => typeof word === "number" && !numbers.includes(word));
  return { which: isOneOf(graph, value, numbers), missing: isMissing(writing, others) };
}

/** By their places; missing ones are one place after the last, others two. */
function ofTexts({ graph, words, value }: Writing, { categories }: SavedCategories): Found {
  const count = categories.length;
  const missing = [...new Set(["", ...words])].filter((word): word is string => {
    return typeof word === "string" && !categories.includes(word);
  });
  const attributes = {
    keys_strings: { texts: [...(categories as string[]), ...missing] },
    values_floats: { floats: [...categories.keys(), ...missing.map(() => count)] },
    default_float: { float: count + 1 },
  };
  const code = graph.node("LabelEncoder", [value], attributes, "ai.onnx.ml");
  const place = graph.node("Cast", [code], { to: { whole: DOUBLE } });
  return { which: isOneOf(graph, place, [...categories.keys()]), missing: isOneOf(graph, place, [count]) };
}
