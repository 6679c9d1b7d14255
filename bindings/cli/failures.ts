// How the command fails: in one sentence, with a status. 1: it failed; 2: it was misused.

import { BitgradError, OptionError } from "bitgrad/errors";

/** What ends the command with a sentence. */
export class Failure extends Error {
  readonly status: 1 | 2;

  constructor(message: string, status: 1 | 2 = 1, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/** Arguments that can't be meant so. */
export function misuse(message: string): Failure {
  return new Failure(message, 2);
}

/** What the library advises a program, as the command's options. */
export type Advice = readonly (readonly [RegExp, string])[];
const ADVICE: Advice = [
  [/parseCSV\(text, \{ decimal: "," \}\) reads these as numbers/, "--decimal-comma reads these as numbers"],
  [
    /give its kind, such as "oneHot", or missingWords: \["(.*)"\] if that says that a cell is missing/,
    "--categories takes the column's cells as categories, --missing $1 takes this one as missing",
  ],
  [/its kind can be "drop"/, "--drop leaves it out"],
  [
    /decode other encodings before, such as new TextDecoder\("windows-1252"\)\.decode\(bytes\)/,
    "save it in UTF-8, such as with iconv --from-code windows-1252 --to-code utf-8",
  ],
  [/MLPRegressor predicts numbers/, "--task regression predicts numbers"],
];

/** Runs something about a file, whose name stands before what goes wrong. */
export async function about<T>(path: string, work: () => T | Promise<T>, more: Advice = []): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BitgradError)) throw error;
    const message = [...more, ...ADVICE].reduce((text, [from, to]) => text.replace(from, to), error.message);
    throw new Failure(`${calledOf(path)}: ${message}`, error instanceof OptionError ? 2 : 1, error);
  }
}

/** So many of something. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

/** What messages call a file. */
export function calledOf(path: string): string {
  return path === "-" ? "standard input" : path;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EISDIR: "it is a folder; a file is expected",
  ENOTDIR: "a part of its path is a file, not a folder",
  EACCES: "reading or writing it is not permitted",
  EPERM: "reading or writing it is not permitted",
  ENOSPC: "the disk is full",
  EROFS: "the disk is read-only",
};

/** The sentence and the status for whatever was thrown. */
export function endingOf(error: unknown): { readonly message: string; readonly status: 1 | 2 } {
  if (error instanceof Failure) return error;
  if (error instanceof BitgradError) return { message: error.message, status: error instanceof OptionError ? 2 : 1 };
  const { message, code, path } = Object(error) as { message?: string; code?: string; path?: string };
  if (code !== undefined && (path !== undefined || code in REASONS)) {
    return { message: `${path ?? "the output"}: ${REASONS[code] ?? message}`, status: 1 };
  }
  return { message: `${message ?? error}; this is a fault of bitgrad, please report it`, status: 1 };
}
