// Bundles the declarations that tsc has written, with API Extractor. All entries share one bundle, types.d.ts, so that
// a Network or an Encoder of one entry is one of another for TypeScript, too; each entry lists its names of it.
// The build fails if a signature names something that its entry doesn't export, or if something has no documentation.

import { mkdirSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CompilerState, Extractor, ExtractorConfig, type ExtractorMessage } from "@microsoft/api-extractor";

const WRITTEN = "dist/declarations"; // by tsc, a file for each source

/** Entries with Network and Operations; each has engines of its own, but the same types. */
const WHOLE = ["index", "worker", "threads", "reference"];
const PARTS = [
  "errors",
  "metrics",
  "encoder",
  "tables",
  "estimators",
  "predict",
  "files",
  "formats",
  "receipts",
  "verify",
];
/** Entries whose names are other things than those of the others. */
const ALONE = ["tfjs"];

const NETWORK = `export { BaseNetwork as Network } from "./network/network.ts";
export { BaseOperations as Operations } from "./operations/operations.ts";
export { BaseOptimizer as Optimizer } from "./optimizer/optimizer.ts";
export * from "./exports.ts";
`;
const ESTIMATORS = `export { BaseMLPClassifier as MLPClassifier } from "./estimators/classifier.ts";
export { BaseMLPRegressor as MLPRegressor } from "./estimators/regressor.ts";
`;
const TYPES = `${NETWORK}${PARTS.map((part) => `export * from "./${part}.ts";\n`).join("")}`;

export async function bundleDeclarations(): Promise<void> {
  for (const name of await readdir(WRITTEN, { recursive: true })) {
    if (!name.endsWith(".d.ts")) continue;
    const path = join(WRITTEN, name);
    await writeFile(path, withoutTables(await readFile(path, "utf8")));
  }
  await writeFile(join(WRITTEN, "index.d.ts"), NETWORK);
  await writeFile(join(WRITTEN, "types.d.ts"), TYPES);
  const estimators = join(WRITTEN, "estimators.d.ts");
  const others = (await readFile(estimators, "utf8")).split("\n").filter((line) => line.startsWith("export type"));
  await writeFile(estimators, `${ESTIMATORS}${others.join("\n")}\n`);

  const bundles = bundle(["types", "index", ...PARTS, ...ALONE]);
  const { types, ...lists } = Object.fromEntries(
    await Promise.all(
      bundles.map(async (name) => [name, await readFile(join(WRITTEN, `${name}.bundle.d.ts`), "utf8")]),
    ),
  ) as Record<string, string>;
  await rm(WRITTEN, { recursive: true });

  for (const folder of ["dist", "dist/cjs"]) {
    await mkdir(folder, { recursive: true });
    await copyFile("bindings/globals.d.ts", join(folder, "globals.d.ts"));
    await writeFile(join(folder, "types.d.ts"), `/// <reference path="./globals.d.ts" />\n${types!}`);
    for (const [entry, text] of Object.entries(lists)) {
      if (ALONE.includes(entry)) {
        await writeFile(join(folder, `${entry}.d.ts`), text);
        continue;
      }
      const values: object = await import(pathToFileURL(`dist/${entry}.js`).href);
      const names = [...text.matchAll(/^export declare (?:class|const|function|interface|type) (\w+)/gm)];
      const list = [...new Set(names.map(([, name]) => name!))].map((name) =>
        name in values ? `  ${name},\n` : `  type ${name},\n`,
      );
      await writeFile(join(folder, `${entry}.d.ts`), `export {\n${list.join("")}} from "./types.js";\n`);
    }
    for (const entry of WHOLE.slice(1)) await writeFile(join(folder, `${entry}.d.ts`), 'export * from "./index.js";\n');
  }
}

/**
 * Writes the names out that are the keys of a table or the elements of a list, and the type arguments of typed arrays
 * in words that TypeScript before 5.7 knows.
 */
function withoutTables(text: string): string {
  const union = (names: readonly string[]) => names.map((name) => `"${name}"`).join(" | ");
  return text
    .replace(/keyof typeof (\w+)/g, (_, table: string) => {
      const [, rows] = new RegExp(`declare const ${table}: \\{\\n([^]*?)\\n\\};`).exec(text)!;
      return union([...rows!.matchAll(/^ {4}readonly (\w+):/gm)].map(([, name]) => name!));
    })
    .replace(/\(typeof (\w+)\)\[number\]/g, (_, list: string) => {
      const [, names] = new RegExp(`declare const ${list}: readonly \\[(.*)\\];`).exec(text)!;
      return names!.replaceAll(", ", " | ");
    })
    .replaceAll("[disposeSymbol]", "[Symbol.dispose]")
    .replace(/\b(\w+Array)<ArrayBuffer>/g, 'ReturnType<$1Constructor["of"]>')
    .replace(/\b(\w+Array)<ArrayBufferLike>/g, "$1");
}

/** Bundles these files of the folder, and returns their names. */
function bundle(names: readonly string[]): readonly string[] {
  mkdirSync(join(WRITTEN, "reports"));
  const configs = names.map(configOf);
  const compilerState = CompilerState.create(configs[0]!, {
    additionalEntryPoints: names.map((name) => resolve(WRITTEN, `${name}.d.ts`)),
  });
  const complaints = new Set<string>();
  for (const config of configs) {
    const messageCallback = (message: ExtractorMessage) => {
      const { logLevel, sourceFilePath: path = "", sourceFileLine, messageId, text } = message;
      message.handled = true;
      if (messageId === "console-api-report-created") return;
      if (logLevel === "error" || logLevel === "warning") {
        complaints.add(`${path}:${sourceFileLine} ${messageId}: ${text}`);
      }
    };
    Extractor.invoke(config, { localBuild: true, compilerState, messageCallback });
  }
  if (complaints.size > 0) throw new Error(`the declarations:\n${[...complaints].join("\n")}`);
  return names;
}

function configOf(name: string): ExtractorConfig {
  const warning = { default: { logLevel: "warning" } } as const;
  const none = { logLevel: "none" } as const;
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: resolve("."),
      mainEntryPointFilePath: resolve(WRITTEN, `${name}.d.ts`),
      compiler: {
        overrideTsconfig: {
          extends: "./tsconfig.json",
          // without the platform's names, so that our History need not be called History_2 beside a browser's
          compilerOptions: { lib: ["es2023", "esnext.disposable"], types: [] },
          include: [],
          files: ["bindings/globals.d.ts", `${WRITTEN}/${name}.d.ts`],
        },
      },
      apiReport: {
        enabled: true, // only with it, what has no documentation is found
        reportFileName: `${name}.api.md`,
        reportFolder: resolve(WRITTEN, "reports"),
        reportTempFolder: resolve(WRITTEN, "reports/temp"),
      },
      docModel: { enabled: false },
      tsdocMetadata: { enabled: false },
      dtsRollup: { enabled: true, untrimmedFilePath: resolve(WRITTEN, `${name}.bundle.d.ts`) },
      newlineKind: "lf",
      messages: {
        compilerMessageReporting: warning,
        extractorMessageReporting: {
          ...warning,
          "ae-undocumented": { logLevel: "warning" },
          "ae-missing-release-tag": none, // all that is exported is public
        },
        tsdocMessageReporting: warning,
      },
    } as Parameters<typeof ExtractorConfig.prepare>[0]["configObject"],
    configObjectFullPath: resolve("api-extractor.json"),
    packageJsonFullPath: resolve("package.json"),
  });
}
