// What makes a folder of pages installable and usable without a network: a manifest, and a service worker that knows
// the content of all files.

import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const WORKER = "offline-worker.js";

const MANIFEST = {
  name: "bitgrad lab",
  short_name: "bitgrad",
  description: "Train neural networks in a page, with the same bits everywhere.",
  start_url: "index.html",
  scope: "./",
  display: "standalone",
  background_color: "#f8f9fb",
  theme_color: "#2563eb",
  icons: [
    { src: "icon.svg", sizes: "any", type: "image/svg+xml" },
    { src: "icon-192.png", sizes: "192x192", type: "image/png" },
    { src: "icon-512.png", sizes: "512x512", type: "image/png", purpose: "any maskable" },
  ],
};

/** To be called when all other files are there. */
export async function addOffline(folder: string): Promise<void> {
  await writeFile(join(folder, "manifest.webmanifest"), `${JSON.stringify(MANIFEST, null, 2)}\n`);
  const names = (await readdir(folder, { recursive: true }))
    .filter((name) => extname(name) !== "" && name !== WORKER)
    .map((name) => name.split(sep).join("/"))
    .sort();
  const hash = createHash("sha256");
  for (const name of names) {
    hash.update(name);
    hash.update(await readFile(join(folder, name)));
  }
  await build({
    entryPoints: [fileURLToPath(new URL("rooms/offline-worker.ts", import.meta.url))],
    outfile: join(folder, WORKER),
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    define: {
      VERSION: JSON.stringify(hash.digest("hex").slice(0, 16)),
      // documents are kept when they are opened: there are many
      FILES: JSON.stringify(names.filter((name) => !name.startsWith("docs/"))),
    },
    logLevel: "warning",
  });
}
