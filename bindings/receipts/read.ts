// Reads receipts, whoever wrote them: each value is checked before it is held, and their sizes have limits.

import { countParameters } from "../catalog/layers.ts";
import {
  checkFlag,
  checkKeys,
  checkObject,
  checkWhole,
  hasOwn,
  isList,
  lengthOfList,
  readJSON,
  show,
} from "../checks.ts";
import { FormatError } from "../errors.ts";
import { FIT_NAMES, resolveFitOptions } from "../options/fit.ts";
import { NETWORK_NAMES, resolveNetworkOptions } from "../options/network.ts";
import { resolveSchedule } from "../options/schedule.ts";
import { loadPlateau } from "../saving/saved-plateau.ts";
import {
  CONTRACT,
  canonical,
  lastEntry,
  PREDICATE_TYPE,
  type Receipt,
  type ReceiptEntry,
  type ReceiptPredicate,
  STATEMENT_TYPE,
} from "./receipt.ts";

const MAX_TEXT = 2 ** 24; // characters
const MAX_ENTRIES = 2 ** 12;
const MAX_EPOCHS = 2 ** 31;
const HEX = /^[0-9a-f]{64}$/;
const STOPS = ["earlyStopping", "timeLimit", "listener", "abort", "notFinite", "error"];

/**
 * Reads a receipt: its text, or the object of that. What it claims is not checked; `replay` does that.
 *
 * @throws FormatError if it is no receipt, damaged, too large, or of another version of the contract
 */
export function readReceipt(receipt: Receipt | string): Receipt {
  let given: unknown = receipt;
  if (typeof given !== "string") {
    // by way of its text, which is read once: getters can't change it any more
    try {
      given = JSON.stringify(given) ?? "";
    } catch (cause) {
      throw new FormatError(`the receipt can't be read: ${show(Object(cause).message)}`, { cause });
    }
  }
  const { length } = given as string;
  if (length > MAX_TEXT) {
    throw new FormatError(`the receipt has ${length} characters; at most ${MAX_TEXT} are expected`);
  }
  return readJSON("the receipt", given, (json) => {
    checkKeys("it", json, ["_type", "subject", "predicateType", "predicate"]);
    const { _type: type, subject, predicateType, predicate } = json;
    if (type !== STATEMENT_TYPE) throw new FormatError(`_type is ${show(type)}; "${STATEMENT_TYPE}" is expected`);
    if (predicateType !== PREDICATE_TYPE) {
      throw new FormatError(`predicateType is ${show(predicateType)}; "${PREDICATE_TYPE}" is expected`);
    }
    const read = readPredicate(predicate);
    const latest = read.end ?? lastEntry(read);
    const sha256 = readSubject(subject);
    if (sha256 !== latest.parameters) {
      throw new FormatError(
        `subject has ${show(sha256)}; the parameters at the end, ${latest.parameters}, are expected`,
      );
    }
    canonical(json); // half of a surrogate pair is refused
    return json as unknown as Receipt;
  });
}

function readSubject(subject: unknown): string {
  if (!isList(subject) || lengthOfList("subject", subject) !== 1) {
    throw new FormatError(`subject is ${show(subject)}; a list of one is expected`);
  }
  const [one] = subject;
  checkKeys("subject[0]", one, ["name", "digest"]);
  const { name, digest } = one as Record<string, unknown>;
  if (name !== "parameters") throw new FormatError(`subject[0].name is ${show(name)}; "parameters" is expected`);
  checkKeys("subject[0].digest", digest, ["sha256"]);
  return checkHex("subject[0].digest.sha256", (digest as Record<string, unknown>).sha256);
}

function checkHex(name: string, value: unknown): string {
  if (typeof value === "string" && HEX.test(value)) return value;
  throw new FormatError(`${name} is ${show(value)}; SHA-256 in hex is expected`);
}

function readPredicate(predicate: unknown): ReceiptPredicate {
  const keys = ["bitgrad", "contract", "network", "fit", "data", "start", "every", "epochs"];
  checkKeys("predicate", predicate, keys, ["end", "notes"]);
  const json = predicate as Record<string, unknown>;
  const { bitgrad, contract, network, fit, data, start, epochs, end } = json;
  if (typeof bitgrad !== "string" || bitgrad.length > 64) {
    throw new FormatError(`bitgrad is ${show(bitgrad)}; a version is expected`);
  }
  if (contract !== CONTRACT) {
    throw new FormatError(`contract is ${show(contract)}; this release computes by version ${CONTRACT}`);
  }
  const options = readNetwork(network);
  const most = readFit(fit);
  readData(data, options.inputs);
  const every = checkWhole("every", json.every, 1, MAX_EPOCHS);
  const first = readStart(start, options.dtype, most);
  if (!isList(epochs) || lengthOfList("epochs", epochs) > MAX_ENTRIES) {
    throw new FormatError(`epochs is ${show(epochs)}; a list of at most ${MAX_ENTRIES} entries is expected`);
  }
  let last = first;
  epochs.forEach((entry, k) => {
    last = readEntry(`epochs[${k}]`, entry, last, most);
    if (last % every > 0 && last !== most) {
      throw new FormatError(`epochs[${k}].epoch is ${last}; a multiple of ${every} is expected`);
    }
  });
  if (end !== undefined) readEnd(end, last, most);
  return json as unknown as ReceiptPredicate;
}

function readNetwork(network: unknown) {
  checkKeys("network", network, NETWORK_NAMES);
  const options = resolveNetworkOptions(network as Parameters<typeof resolveNetworkOptions>[0], true);
  countParameters(options.inputs, options.layers);
  if (canonical(options) === canonical(network)) return options;
  throw new FormatError("network leaves options out; all of them are expected");
}

const FIT_KEYS = ["epochs", "batchSize", "shuffle", "metrics", "trainingMetrics", "allowNegativeWeights", "resume"];
const OWN_FIT_KEYS = ["schedule", "earlyStopping", "validationSplit", "classWeights", "timeLimit"];

/** Returns how many epochs there are at most. */
function readFit(fit: unknown): number {
  checkKeys("fit", fit, FIT_KEYS, OWN_FIT_KEYS);
  const { schedule, earlyStopping, trainingMetrics, ...rest } = fit as Record<string, unknown>;
  // what they watch may be validation data, which are not here
  if (earlyStopping !== undefined) {
    checkKeys("fit.earlyStopping", earlyStopping, ["monitor", "patience", "minDelta", "restoreBest"]);
  }
  checkFlag("fit.trainingMetrics", trainingMetrics);
  if (schedule !== undefined && schedule !== "function") {
    const resolved = resolveSchedule("fit.schedule", schedule);
    if (canonical(resolved) !== canonical(schedule)) throw new FormatError("fit.schedule leaves options out");
  }
  return resolveFitOptions(rest as Parameters<typeof resolveFitOptions>[0], FIT_NAMES).epochs;
}

function readData(data: unknown, inputs: number): void {
  checkKeys("data", data, ["x", "y"], ["weights", "validation", "encoders"]);
  const { x, y, weights, validation, encoders } = data as Record<string, unknown>;
  const rows = readRows("data.x", x, inputs);
  const columns = readRows("data.y", y, undefined, rows) && (y as { columns: number }).columns;
  if (weights !== undefined) readRows("data.weights", weights, 1, rows);
  if (validation !== undefined) {
    checkKeys("data.validation", validation, ["x", "y"]);
    const { x: heldX, y: heldY } = validation as Record<string, unknown>;
    readRows("data.validation.y", heldY, columns, readRows("data.validation.x", heldX, inputs));
  }
  if (encoders !== undefined) checkHex("data.encoders", encoders);
}

/** Returns how many there are. */
function readRows(name: string, given: unknown, columns?: number, rows?: number): number {
  checkKeys(name, given, ["sha256", "rows", "columns"]);
  const json = given as Record<string, unknown>;
  checkHex(`${name}.sha256`, json.sha256);
  checkWhole(`${name}.columns`, json.columns, columns ?? 1, columns ?? MAX_EPOCHS);
  return checkWhole(`${name}.rows`, json.rows, rows ?? 1, rows ?? 2 ** 32);
}

function readState(name: string, json: Record<string, unknown>): void {
  checkHex(`${name}.parameters`, json.parameters);
  checkHex(`${name}.optimizer`, json.optimizer);
}

function readStart(start: unknown, dtype: "f32" | "f64", most: number): number {
  checkKeys("start", start, ["parameters", "optimizer", "epoch", "epochs"], ["plateau"]);
  const json = start as Record<string, unknown>;
  readState("start", json);
  loadPlateau(json.plateau, dtype);
  checkWhole("start.epochs", json.epochs, 0, 2 ** 32 - 1);
  return checkWhole("start.epoch", json.epoch, 0, most);
}

/** Returns its epoch. */
function readEntry(name: string, entry: unknown, last: number, most: number): number {
  const numbers = ["validationLoss", "metrics", "trainingMetrics"];
  checkKeys(name, entry, ["epoch", "loss", "parameters", "optimizer", "chain"], numbers);
  const json = entry as Record<string, unknown>;
  readState(name, json);
  checkHex(`${name}.chain`, json.chain);
  checkNumber(`${name}.loss`, json.loss);
  if (hasOwn(json, "validationLoss")) checkNumber(`${name}.validationLoss`, json.validationLoss);
  for (const kind of ["metrics", "trainingMetrics"] as const) {
    if (!hasOwn(json, kind)) continue;
    checkObject(`${name}.${kind}`, json[kind]);
    for (const [key, value] of Object.entries(json[kind])) checkNumber(`${name}.${kind}.${key}`, value);
  }
  return checkWhole(`${name}.epoch`, (json as unknown as ReceiptEntry).epoch, last + 1, most);
}

function checkNumber(name: string, value: unknown): void {
  if (typeof value === "number" || ["NaN", "Infinity", "-Infinity"].includes(value as string)) return;
  throw new FormatError(`${name} is ${show(value)}; a number is expected`);
}

function readEnd(end: unknown, last: number, most: number): void {
  checkKeys("end", end, ["parameters", "optimizer", "epoch", "chain"], ["stopped", "bestEpoch"]);
  const json = end as Record<string, unknown>;
  readState("end", json);
  checkHex("end.chain", json.chain);
  const epoch = checkWhole("end.epoch", json.epoch, last, most);
  const { stopped, bestEpoch } = json;
  if (stopped !== undefined && !STOPS.includes(stopped as string)) {
    throw new FormatError(`end.stopped is ${show(stopped)}; one of ${STOPS.join(", ")} is expected`);
  }
  if (stopped === undefined && epoch !== most) {
    throw new FormatError(`end.epoch is ${epoch}; ${most} is expected of a training that was not stopped`);
  }
  if (bestEpoch !== undefined) checkWhole("end.bestEpoch", bestEpoch, 1, epoch);
}
