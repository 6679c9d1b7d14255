// Astro writes addresses from the host's root and styles as attributes. The site's pages have relative addresses, so
// that any folder can hold them, and no inline styles, so that their policy can forbid these.

import { posix } from "node:path";
import { withPolicy } from "../../examples/lab/page.ts";

/** Styles that attributes had, each as a class. */
export class StylesOfAttributes {
  readonly #names = new Map<string, string>();

  classOf(style: string): string {
    const found = this.#names.get(style) ?? `st-${this.#names.size}`;
    this.#names.set(style, found);
    return found;
  }

  css(): string {
    return [...this.#names].map(([style, name]) => `.${name}.${name}{${style}}`).join("\n");
  }
}

/** `place` is the file's path in the site. */
export function finishDocument(place: string, text: string, styles: StylesOfAttributes): string {
  const here = posix.dirname(place);
  const to = (address: string) => posix.relative(here, address.slice(1)) || ".";
  if (place.endsWith(".css"))
    return inStyleSheet(text).replace(/url\((\/docs\/[^)]+)\)/g, (_, path) => `url(${to(path)})`);
  if (place.endsWith(".js")) return inScript(text);
  const relative = text
    .replace(/ (href|src|content|action)="(\/[^"/][^"]*|\/)"/g, (_, name, address) => ` ${name}="${link(address, to)}"`)
    .replace(/<[a-z][^>]* style="[^"]*"[^>]*>/g, (tag) => withoutStyle(tag, styles))
    .replace(
      "</head>",
      `<link rel="stylesheet" href="${to("/docs/attributes.css")}"><script defer src="${to("/scripts/register.js")}"></script></head>`,
    )
    .replace(/<meta name="generator"[^>]*>/g, "");
  return withPolicy(
    relative.replace(/(<script(?![^>]*\bsrc=)[^>]*>)([\s\S]*?)(<\/script>)/g, (_, open, code, close) => {
      return open + inPage(code, to) + close;
    }),
  );
}

/** From the host's root, as Astro has it, to the page's own folder; folders end with their file. */
function link(address: string, to: (address: string) => string): string {
  const [, path = "", rest = ""] = /^([^?#]*)(.*)$/.exec(address)!;
  const room = path.replace(/^\/docs\/(?:rooms\/|(?=icon\.svg$))/, "/");
  return to(room.endsWith("/") ? `${room}index.html` : room) + rest;
}

function withoutStyle(tag: string, styles: StylesOfAttributes): string {
  const [, style] = / style="([^"]*)"/.exec(tag)!;
  const name = styles.classOf(style!.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&"));
  const bare = tag.replace(/ style="[^"]*"/, "");
  return / class="/.test(bare)
    ? bare.replace(/ class="/, ` class="${name} `)
    : bare.replace(/^<[\w-]+/, `$& class="${name}"`);
}

/** The colors of code hang on attributes that are classes now. */
function inStyleSheet(text: string): string {
  return text.replace(/\[style\^=(["']?)--\1\]:not\(\[class\]\)/g, '[class^="st-"]');
}

/** A module knows where it is itself. */
function inScript(code: string): string {
  return code.replaceAll('"/docs/"', '(new URL("../",import.meta.url).pathname)').replaceAll('"/docs/_astro/', '"./');
}

/** A script in a page imports by paths from that page. */
function inPage(code: string, to: (address: string) => string): string {
  return code.replace(/"(\/docs\/[\w./-]+)"/g, (_, address) => {
    const path = to(address) + (address.endsWith("/") ? "/" : "");
    return JSON.stringify(path.startsWith(".") ? path : `./${path}`);
  });
}
