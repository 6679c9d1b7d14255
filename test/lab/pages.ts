// What every page of a folder of pages must be: its links lead somewhere, it asks no other place for anything, and its
// policy allows its own scripts and no others.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, join, normalize, relative, sep } from "node:path";

export interface Folder {
  readonly root: string;
  /** Paths from the root, with forward slashes. */
  readonly files: readonly string[];
  readonly pages: readonly string[];
}

export function folderOf(root: string): Folder {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(root, name)).isFile())
    .map((name) => name.split(sep).join("/"));
  return { root, files, pages: files.filter((name) => extname(name) === ".html") };
}

const read = ({ root }: Folder, name: string) => readFileSync(join(root, name), "utf8");

/** Addresses in attributes; those of the page's own parts are loaded without a click. */
function addresses(html: string): { address: string; isPart: boolean }[] {
  const bare = html.replace(/<script(?![^>]*\bsrc=)[^>]*>[\s\S]*?<\/script>/g, "");
  return [...bare.matchAll(/<(\w+)[^>]*?\s(?:href|src|action|poster|data)="([^"]*)"/g)].map(([, tag, address]) => {
    return { address: address!.replaceAll("&amp;", "&"), isPart: tag !== "a" };
  });
}

const idsOf = (html: string) => new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id!));

/** What is wrong with a page's links, one line each. */
export function brokenLinks(folder: Folder, page: string): string[] {
  const html = read(folder, page);
  return addresses(html).flatMap(({ address, isPart }) => {
    if (/^(https?|mailto):/.test(address)) return isPart ? [`${address} is loaded from elsewhere`] : [];
    if (address.startsWith("data:") || address.startsWith("blob:")) return [];
    if (address.startsWith("/")) return [`${address} holds in no sub-folder`];
    const [path = "", anchor] = address.split("#");
    const [file = ""] = path.split("?");
    const target = file === "" ? join(folder.root, page) : normalize(join(folder.root, dirname(page), file));
    if (relative(folder.root, target).startsWith("..")) return [`${address} leads out of the site`];
    if (!existsSync(target) || !statSync(target).isFile()) return [`${address} is no file`];
    if (!anchor || extname(target) !== ".html") return [];
    return idsOf(readFileSync(target, "utf8")).has(decodeURIComponent(anchor)) ? [] : [`${address} has no such place`];
  });
}

/** What a page's policy would stop, or allows without need. */
export function wrongPolicy(folder: Folder, page: string): string[] {
  const html = read(folder, page);
  const [, policy] =
    /<meta charset="utf-8"\s*\/?>\s*<meta http-equiv="content-security-policy" content="([^"]*)">/i.exec(html) ?? [];
  if (policy === undefined) return ["it has no policy at its beginning"];
  const rules = new Map(policy.split("; ").map((rule) => [rule.split(" ")[0], rule.split(" ").slice(1)] as const));
  const wrong: string[] = [];
  if (rules.get("default-src")?.join() !== "'none'") wrong.push("it allows what it doesn't name");
  for (const [name, sources] of rules) {
    const loose = sources.filter((source) => /unsafe-(inline|eval)|unsafe-hashes|^\*|^https?:/.test(source));
    const allowed = loose.filter((source) => source !== "'wasm-unsafe-eval'");
    if (allowed.length > 0) wrong.push(`${name} allows ${allowed.join(" ")}`);
  }
  const scripts = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, code]) => code!);
  const hashes = new Set(scripts.map((code) => `'sha256-${createHash("sha256").update(code).digest("base64")}'`));
  const given = new Set(rules.get("script-src")!.filter((source) => source.startsWith("'sha256-")));
  for (const hash of hashes) if (!given.has(hash)) wrong.push(`an inline script's hash, ${hash}, is missing`);
  for (const hash of given) if (!hashes.has(hash)) wrong.push(`${hash} is the hash of nothing`);
  const bare = html.replace(/<script[\s\S]*?<\/script>/g, "");
  if (/<style[\s>]/.test(bare)) wrong.push("it has an inline style sheet");
  for (const [tag] of bare.matchAll(/<[a-z][^>]*\s(?:style|on\w+)="[^"]*"/g)) wrong.push(`inline: ${tag.slice(0, 80)}`);
  return wrong;
}

/** Names that look like addresses, and are none that anything asks for. */
const NAMES = /^http:\/\/www\.w3\.org\/(?:2000\/svg|1999\/xhtml|1999\/xlink|XML\/1998\/namespace|1998\/Math\/MathML)/;

/** Addresses elsewhere in scripts and style sheets that could be asked for. */
export function elsewhere(folder: Folder, name: string): string[] {
  const text = read(folder, name);
  const all = [...text.matchAll(/(?:https?:)?\/\/[\w-]+(?:\.[\w-]+)+[^\s"'`)]*/g)].map(([address]) => address);
  const found = all.filter((address) => !NAMES.test(address));
  if (name.endsWith(".css")) return found;
  // in scripts: what a call could load
  return found.filter((address) => {
    const place = text.indexOf(address);
    const before = text.slice(Math.max(0, place - 40), place);
    return (
      !NAMES.test(address) && /(?:fetch|import|Worker|importScripts|src\s*=|href\s*=|URL)\(?\s*["'`]?$/.test(before)
    );
  });
}
