// What the runtimes are given: a temporary folder with the library installed from its packed tarball, as a user gets
// it, and the golden programs bundled beside it.

import { cpSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";
import type { Share } from "../golden/share.ts";
import { run } from "../support/processes.ts";

export interface Kit {
  /** Holds node_modules/bitgrad. */
  readonly folder: string;
  /** What `copy` was given. */
  readonly share: Share | undefined;
  /**
   * Bundles a program of test/runtimes into `output`; `library` says what becomes of its imports of the library. Where
   * there are shares, a second `form` of one program takes the next one.
   */
  bundle(program: string, output: string, library: Delivery, form?: number): Promise<void>;
  /**
   * The same in a folder of its own: two platforms at a time would be in each other's way. Its programs run this share
   * of the cases on the reference engine, and of the trainings in an interpreter; without one, all of them, and from
   * both entries.
   */
  copy(share?: Share): Kit;
}

/**
 * "bare": they stay as they are, for the runtime to resolve. "files": they become paths of the package's own files,
 * found by these export conditions. "bundled": those files go into the bundle, minified.
 */
export type Delivery = { as: "bare" } | { as: "files"; conditions: string[] } | { as: "bundled"; conditions: string[] };

const NPM_LIMIT_MS = 60_000;

export async function createKit(): Promise<Kit> {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  if (!existsSync(join(root, "dist/index.js"))) throw new Error("dist/ is empty: run `npm run build` first");
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "bitgrad-runtimes-")));
  // a killed browser may still be writing
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

  const npm = (cwd: string, ...args: string[]) => run("npm", args, { cwd, limitMs: NPM_LIMIT_MS });
  const packed = await npm(root, "pack", "--json", "--ignore-scripts", "--pack-destination", folder);
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await npm(folder, "install", "--prefix", folder, "--offline", "--ignore-scripts", "--no-audit", `./${filename}`);

  return kitIn(folder);
}

/** The ES modules of the library in a kit's folder, chunks too, from its dist/. */
export function modulesIn(folder: string): string[] {
  const names = readdirSync(join(folder, "node_modules/bitgrad/dist"), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".js") && !name.startsWith("cjs"));
}

function kitIn(folder: string, share?: Share): Kit {
  return {
    folder,
    share,
    copy(share) {
      const copied = mkdtempSync(join(folder, "copy-"));
      for (const name of ["node_modules", "package.json"])
        cpSync(join(folder, name), join(copied, name), { recursive: true });
      return kitIn(copied, share);
    },
    async bundle(program, output, library, form = 0) {
      const taken = share && { ...share, index: (share.index + form) % share.of };
      const options: BuildOptions = {
        entryPoints: [fileURLToPath(new URL(program, import.meta.url))],
        outfile: join(folder, output),
        bundle: true,
        format: "esm",
        target: "es2022",
        platform: "neutral",
        mainFields: ["module", "main"],
        logLevel: "error",
        define: { SHARE: JSON.stringify(taken) ?? "undefined" },
      };
      if (library.as === "bare") await build({ ...options, external: ["bitgrad", "bitgrad/*"] });
      else {
        const { as, conditions } = library;
        const minify = as === "bundled";
        await build({ ...options, conditions, minify, plugins: [installedLibrary(folder, as === "files")] });
      }
    },
  };
}

/** Resolves the library to the installed package: from test/ it would be the working copy. */
function installedLibrary(folder: string, external: boolean): Plugin {
  const resolving = Symbol();
  return {
    name: "installed-library",
    setup(build) {
      build.onResolve({ filter: /^bitgrad(\/|$)/ }, async ({ path, kind, pluginData }) => {
        if (pluginData === resolving) return undefined;
        const found = await build.resolve(path, { kind, resolveDir: folder, pluginData: resolving });
        return external ? { path: `./${relative(folder, found.path)}`, external } : found;
      });
    },
  };
}
