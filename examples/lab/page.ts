// A page of the lab as text: what all rooms have around their own part, and the policy that a browser holds it to.

import { createHash } from "node:crypto";

export interface Page {
  /** The folder, from the site's own: "" or "learn/xor/". */
  readonly path: string;
  readonly title: string;
  /** One sentence, for search engines and whoever shares a link. */
  readonly description: string;
  /** What is between <main> and </main>. "{root}" is where the site begins, seen from the page. */
  readonly body: string;
  /** Names of the page's scripts, run in order when it is read. */
  readonly scripts: readonly string[];
}

export interface Shell {
  /** Runs before anything is drawn. */
  readonly theme: string;
  /** Where the documents are: an address, or a path in the site. */
  readonly docs: string;
}

/** Every link ends in a file's name, since a disk shows a folder's list of files. */
const ROOMS = [
  ["Lab", "lab/"],
  ["Bench", "bench/"],
  ["Verify", "verify/"],
  ["Learn", "learn/"],
] as const;

const THEME_BUTTON = `<button type="button" class="theme" hidden>
<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="9" fill="none" stroke="currentColor" stroke-width="2" /><path d="M12 3a9 9 0 0 1 0 18z" fill="currentColor" /></svg>
</button>`;

export function pageOf({ path, title, description, body, scripts }: Page, { theme, docs }: Shell): string {
  const root = "../".repeat(path.split("/").length - 1);
  const links = ROOMS.map(([name, folder]) => {
    const current = path === folder ? ' aria-current="page"' : path.startsWith(folder) ? ' aria-current="true"' : "";
    return `<a href="${root}${folder}index.html"${current}>${name}</a>`;
  });
  links.push(`<a href="${/^https?:/.test(docs) ? docs : root + docs}">Docs</a>`);
  const tags = ["shell", "register", ...scripts].map(
    (name) => `<script defer src="${root}scripts/${name}.js"></script>`,
  );
  return withPolicy(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<meta name="description" content="${escaped(description)}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${root}icon.svg" type="image/svg+xml">
<link rel="apple-touch-icon" href="${root}icon-192.png">
<link rel="stylesheet" href="${root}style.css">
<script>${theme}</script>
${tags.join("\n")}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="${root}index.html"><img src="${root}icon.svg" alt="" width="24" height="24">bitgrad</a>
<nav class="rooms" aria-label="Rooms">
${links.join("\n")}
</nav>
${THEME_BUTTON}
</header>
<main id="main" tabindex="-1">
${body.replaceAll("{root}", root).trim()}
</main>
<footer class="bottom">Nothing that you do here leaves this browser: no server, no cookies, no tracking. MIT license.</footer>
</body>
</html>
`);
}

/** Puts the policy into a page: nothing comes from elsewhere, and of inline scripts only those that are there now. */
export function withPolicy(html: string, styles = "'self'"): string {
  const inline = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, code]) => code!);
  const hashes = [...new Set(inline.map((code) => `'sha256-${createHash("sha256").update(code).digest("base64")}'`))];
  const policy = [
    "default-src 'none'",
    ["script-src 'self' 'wasm-unsafe-eval'", ...hashes].join(" "),
    "worker-src 'self' blob:",
    "connect-src 'self'",
    "img-src 'self' data: blob:",
    `style-src ${styles}`,
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  // after the character set, which must be among a page's first bytes
  return html.replace(
    /<meta charset="utf-8"\s*\/?>/i,
    (charset) => `${charset}\n<meta http-equiv="content-security-policy" content="${policy}">`,
  );
}

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
