import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

// Tests import "bitgrad" as a user does and get the built package; with BITGRAD_GUARDS=1 the one whose WebAssembly
// memory is guarded:
//   BITGRAD_GUARDS=1 npx tsx bindings/build.ts && BITGRAD_GUARDS=1 npx vitest run
const built = process.env.BITGRAD_GUARDS === "1" ? "dist-guards" : "dist";
const dist = (file: string) => fileURLToPath(new URL(`${built}/${file}`, import.meta.url));

// *.slow.ts, and all the rounds that `howMany` knows (test/support/slow.ts), with SLOW=1 alone
const ending = process.env.SLOW === "1" ? "{test,slow}.ts" : "test.ts";

// Files that have a process of their own: they change the globals, fill or measure memory, or count what the library
// does once a process. The others share processes, which saves most of a short file's time; each of them is looked at
// afterwards (test/support/unchanged.ts).
const FOLDERS = [
  ...["bench", "browsers", "checkpoint", "compressed", "files", "fuzz", "golden", "guards", "memory", "optimizer"],
  ...["platform", "property", "saving", "schedule", "streams", "threads", "tfjs", "verify", "worker"],
];
const FILES = [
  ...[
    "data/hostile",
    "encoder/tables",
    "equivalence/predict",
    "faults/options",
    "formats/c",
    "formats/fuzz",
    "formats/javascript",
    "formats/tensorflow",
  ],
  ...["formats/onnx-in", "formats/onnx-out", "lab/takeaway"],
];
const ALONE = [...FOLDERS.map((folder) => `${folder}/**/*`), ...FILES].map((name) => `test/${name}.${ending}`);

export default defineConfig({
  resolve: {
    alias: [
      { find: /^bitgrad$/, replacement: dist("index.js") },
      { find: /^bitgrad\/(\w+)$/, replacement: dist("$1.js") },
    ],
  },
  test: {
    maxWorkers: "100%", // vitest leaves one processor idle, which is half of a machine with two
    testTimeout: 120_000,
    hookTimeout: 120_000,
    setupFiles: ["test/support/equal-bytes.ts"],
    projects: [
      { extends: true, test: { name: "alone", include: ALONE } },
      {
        extends: true,
        test: {
          name: "together",
          include: [`test/**/*.${ending}`],
          exclude: [...configDefaults.exclude, ...ALONE],
          isolate: false,
          setupFiles: ["test/support/unchanged.ts"],
        },
      },
    ],
  },
});
