import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Tests import "bitgrad" as a user does and get the built package; with BITGRAD_GUARDS=1 the one whose WebAssembly
// memory is guarded:
//   BITGRAD_GUARDS=1 npx tsx bindings/build.ts && BITGRAD_GUARDS=1 npx vitest run
const built = process.env.BITGRAD_GUARDS === "1" ? "dist-guards" : "dist";
const dist = (file: string) => fileURLToPath(new URL(`${built}/${file}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^bitgrad$/, replacement: dist("index.js") },
      { find: /^bitgrad\/(\w+)$/, replacement: dist("$1.js") },
    ],
  },
  test: {
    // *.slow.ts, and all the rounds that `rounds` knows (test/support/slow.ts), with SLOW=1 alone
    include: ["test/**/*.test.ts", ...(process.env.SLOW === "1" ? ["test/**/*.slow.ts"] : [])],
    maxWorkers: "100%", // vitest leaves one processor idle, which is half of a machine with two
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
