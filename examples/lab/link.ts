// A training as the part of an address behind #, which no server is told: its recipe, compressed, and what is claimed
// of its bits.
//
//   1.RECIPE.DIGEST.EPOCHS.EARLIER.CHECK   without a claim the three between are empty

import { RecipeError, readData, readRecipe } from "./reading.ts";
import type { Claim, DataRecipe, Recipe } from "./recipe.ts";

const VERSION = "1";
/** What a recipe's text leaves out, in all links of this version; the lab's own defaults may change. */
const BASE = {
  features: ["x1", "x2"],
  network: {
    hidden: [],
    loss: "auto",
    output: "auto",
    optimizer: { type: "adam", learningRate: 0.01 },
    dtype: "f32",
    seed: 1,
  },
  training: { batchSize: 32, shuffle: true, schedule: "none", validation: 0.2 },
} as const satisfies Omit<Recipe, "data">;
const MOST_BYTES = 64 * 1024; // of a recipe's text
const MOST_EARLIER = 40;
/** Characters of a link behind #, so that 100 are left for the address. */
export const LONGEST = 1900;

/** Why a text is no link, in a sentence. */
export class LinkError extends Error {
  override readonly name = "LinkError";
}

export interface Link {
  /** With its #. */
  readonly text: string;
  /** What whoever opens it must have beside. */
  readonly remarks: readonly string[];
}

/** Finds the SHA-256 of a file in hex; data/tables.ts has one. */
export type DigestOf = (file: Uint8Array) => Promise<string>;

/** A link of at most 1,900 characters. A table that doesn't fit becomes a file, which has to be brought. */
export async function toLink(recipe: Recipe, claim: Claim | undefined, digestOf?: DigestOf): Promise<Link> {
  const [found, remarks] = await fitting(recipe, digestOf);
  const claimed = claim === undefined ? "" : `${base64url(bytesOfHex(claim.digest))}.${claim.epochs.toString(36)}`;
  const head = `${VERSION}.${found}.${claimed || "."}.`; // a claim has a point between its two parts
  const room = LONGEST - head.length - 1 - CHECK;
  const text = `${head}${claim === undefined ? "" : earlierOf(claim, room)}.`;
  return { text: `#${text}${check(text)}`, remarks };
}

async function fitting(
  recipe: Recipe,
  digestOf: ((file: Uint8Array) => Promise<string>) | undefined,
): Promise<[string, string[]]> {
  const found = await pack(recipe);
  const most = LONGEST - 100;
  if (found.length <= most) return [found, []];
  const { data } = recipe;
  if (data.kind === "points") {
    const some = Math.floor((data.points.length * most) / found.length / 10) * 10;
    throw new LinkError(
      `${data.points.length} points don't fit into a link; some ${some} do: share the program instead`,
    );
  }
  if (data.kind !== "table" || digestOf === undefined) throw new LinkError("this doesn't fit into a link");
  const { csv, target, task, name } = data;
  const file = new TextEncoder().encode(csv);
  const sha256 = await digestOf(file);
  const remark = `The table doesn't fit into the link. Whoever opens it needs the file "${name}" with the same bytes.`;
  const asFile = { kind: "file", sha256, bytes: file.length, target, task, name } as const;
  return [await pack({ ...recipe, data: asFile }), [remark]];
}

/** The recipe and the claim of a link, or of an address that has one. */
export async function fromLink(text: string): Promise<{ readonly recipe: Recipe; readonly claim?: Claim }> {
  const fragment = text.slice(text.indexOf("#") + 1);
  const version = /^(\d+)\./.exec(fragment)?.[1];
  if (version === undefined) throw new LinkError("this is no link of the lab");
  if (version !== VERSION) {
    throw new LinkError("this link is of a newer version of the lab: reload the page, or open it where it was made");
  }
  if (fragment.length > 100_000) throw new LinkError("this link is longer than any that the lab makes");
  const cut = fragment.lastIndexOf(".") + 1;
  const parts = fragment.split(".");
  if (parts.length !== 6 || check(fragment.slice(0, cut)) !== fragment.slice(cut)) {
    throw new LinkError("this link is cut short or changed: copy it again, whole");
  }
  const [, recipe, digest, epochs, earlier] = parts as [string, string, string, string, string];
  const read = await unpack(recipe);
  return digest === "" ? { recipe: read } : { recipe: read, claim: readClaim(digest, epochs, earlier) };
}

// the recipe

interface Changes {
  readonly d: unknown;
  readonly f?: unknown;
  readonly n?: object;
  readonly t?: object;
}

async function pack(recipe: Recipe): Promise<string> {
  const changed = (a: object, b: object) => {
    const entries = Object.entries(a).filter(([key, value]) => !equal(value, (b as Record<string, unknown>)[key]));
    return entries.length > 0 ? Object.fromEntries(entries) : undefined;
  };
  const changes: Changes = {
    d: packData(recipe.data),
    ...(!equal(recipe.features, BASE.features) && { f: recipe.features }),
    n: changed(recipe.network, BASE.network)!,
    t: changed(recipe.training, BASE.training)!,
  };
  return base64url(
    await piped(new TextEncoder().encode(JSON.stringify(changes)), compression(), Number.POSITIVE_INFINITY),
  );
}

const equal = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

async function unpack(packed: string): Promise<Recipe> {
  const bytes = await piped(bytesOf(packed), decompression(), MOST_BYTES);
  let changes: Partial<Changes>;
  try {
    changes = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Partial<Changes>;
  } catch {
    throw new LinkError("what this link holds is no recipe");
  }
  try {
    const { d, f, n, t } = ownOf(changes, ["d", "f", "n", "t"]);
    const data = readData(unpackData(d));
    const network = { ...BASE.network, ...ownOf(n ?? {}, Object.keys(BASE.network)) };
    const training = { ...BASE.training, ...ownOf(t ?? {}, Object.keys(BASE.training)) };
    return readRecipe({ data, features: f ?? BASE.features, network, training });
  } catch (error) {
    if (error instanceof RecipeError) throw new LinkError(`this link's recipe can't be used: ${error.message}`);
    throw error;
  }
}

function ownOf(value: unknown, keys: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new RecipeError("a part of it is no object");
  const strange = Object.keys(value).find((key) => !keys.includes(key));
  if (strange !== undefined) throw new RecipeError(`it has "${strange.slice(0, 40)}", which is unknown`);
  return { ...value } as Record<string, unknown>;
}

const FIRST = 48; // the character of −6, and of label 0 or −1
const STEPS = 20; // in a unit

/** Points as three characters each, which compress well; labels of numbers in steps of 0.05, like the coordinates. */
function packData(data: DataRecipe): unknown {
  if (data.kind !== "points") return data;
  const { kind, task, points } = data;
  if (!points.every((point) => point.every((value) => equal(steps(value) / STEPS, value)))) return data;
  const low = task === "classes" ? 0 : 1;
  const one = ([x1, x2, label]: (typeof points)[number]) => [x1 + 6, x2 + 6, label + low].map(char).join("");
  return { kind, task, points: points.map(one).join("") };
}

const steps = (value: number) => Math.round(value * STEPS);
const char = (value: number) => String.fromCharCode(FIRST + steps(value));

function unpackData(data: unknown): unknown {
  if (typeof data !== "object" || data === null) return data;
  const { kind, task, points } = data as { kind?: unknown; task?: unknown; points?: unknown };
  if (kind !== "points" || typeof points !== "string") return data;
  const low = task === "classes" ? 0 : 1;
  const value = (n: number, least: number) => (points.charCodeAt(n) - FIRST - least * STEPS) / STEPS;
  const point = (n: number) => [value(3 * n, 6), value(3 * n + 1, 6), value(3 * n + 2, low)];
  return { kind, task, points: Array.from({ length: Math.ceil(points.length / 3) }, (_, n) => point(n)) };
}

// the claim

function readClaim(digest: string, epochs: string, earlier: string): Claim {
  const bytes = bytesOf(digest);
  const count = Number.parseInt(epochs, 36);
  if (bytes.length !== 32 || count.toString(36) !== epochs || !Number.isSafeInteger(count) || count < 0) {
    throw new LinkError("what this link claims of the bits can't be read");
  }
  const rungs = earlier === "" ? [] : earlier.split("*");
  if (rungs.length > MOST_EARLIER) throw new LinkError("this link has more digests than the lab writes");
  return {
    epochs: count,
    digest: hexOf(bytes),
    earlier: rungs.map((rung) => {
      const found = { epoch: Number.parseInt(rung.slice(0, -11), 36), digest: hexOf(bytesOf(rung.slice(-11))) };
      if (Number.isSafeInteger(found.epoch) && found.digest.length === 16) return found;
      throw new LinkError("what this link claims of an earlier epoch can't be read");
    }),
  };
}

/** Digests of earlier epochs, evenly spaced, as many as there is room for. */
function earlierOf({ earlier, epochs }: Claim, room: number): string {
  const sorted = [...earlier].sort((a, b) => a.epoch - b.epoch).filter(({ epoch }) => epoch < epochs);
  for (let count = Math.min(MOST_EARLIER, sorted.length); count > 0; count--) {
    const chosen = Array.from({ length: count }, (_, n) => sorted[Math.floor(((n + 0.5) * sorted.length) / count)]!);
    const one = ({ epoch, digest }: (typeof sorted)[number]) =>
      `${epoch.toString(36)}${base64url(bytesOfHex(digest.slice(0, 16)))}`;
    const text = chosen.map(one).join("*");
    if (text.length <= room) return text;
  }
  return "";
}

// bytes

function base64url(bytes: Uint8Array): string {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[\w-]*$/.test(text)) throw new LinkError("this link has characters that no link has");
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  } catch {
    throw new LinkError("this link is damaged");
  }
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

const hexOf = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const CHECK = 6;

/** By which a link that was cut or mistyped is known: FNV-1a of 31 bits, six characters. */
function check(text: string): string {
  let hash = 0x811c9dc5;
  for (let n = 0; n < text.length; n++) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193);
  return (hash >>> 1).toString(36).padStart(CHECK, "0");
}

function compression(): GenericTransformStream {
  checkStreams();
  return new CompressionStream("deflate-raw");
}

function decompression(): GenericTransformStream {
  checkStreams();
  return new DecompressionStream("deflate-raw");
}

function checkStreams(): void {
  if (typeof DecompressionStream === "function") return;
  throw new LinkError("this browser is too old for links: Chrome 103, Firefox 113 or Safari 16.4 make and open them");
}

/** Bytes through a stream, of which at most so many come out. */
async function piped(
  bytes: Uint8Array<ArrayBuffer>,
  through: GenericTransformStream,
  most: number,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    const reader = new Blob([bytes])
      .stream()
      .pipeThrough(through as ReadableWritablePair<Uint8Array, Uint8Array<ArrayBuffer>>)
      .getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      pieces.push(value);
      if (length > most) {
        await reader.cancel().catch(() => {});
        break;
      }
    }
  } catch {
    throw new LinkError("this link is damaged: what it holds can't be unpacked");
  }
  if (length > most) throw new LinkError("this link unpacks to more than any recipe has");
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
