import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Tests import "bitgrad" as a user does and get the built package.
const dist = (file: string) => fileURLToPath(new URL(`dist/${file}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: {
      "bitgrad/reference": dist("reference.js"),
      "bitgrad/files": dist("files.js"),
      "bitgrad/threads": dist("threads.js"),
      "bitgrad/worker": dist("worker.js"),
      bitgrad: dist("index.js"),
    },
  },
  test: { include: ["test/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 120_000 },
});
