// What `bitgrad verify` prints of a sound library, wherever it runs: every golden case of both engines.

import { expect } from "vitest";
import { fingerprint } from "../../bindings/verify/cases.ts";
import golden from "../../bindings/verify/golden.json" with { type: "json" };
import library from "../../package.json" with { type: "json" };

export function expectSound(printed: string, runtime: string): void {
  const all = `${Object.keys(golden).length}/${Object.keys(golden).length}`;
  expect(printed).toMatch(new RegExp(`all +│ ${all} +│ ${all} `));
  expect(printed).toMatch(/exp +│ 6\/6 +│ 6\/6 /);
  expect(printed).toContain(`passed: bitgrad ${library.version} on ${runtime} `);
  expect(printed).toContain(`fingerprint: ${fingerprint(golden)}`);
}

/** The platform's own functions: of a million results, fewer than half are not the nearest number. */
export function expectContrast(printed: string): void {
  for (const name of ["Math.exp", "Math.tanh", "Math.log", "Math.pow"]) {
    const [, count] = new RegExp(`${name} +│[^│]+│ ([\\d,]+) of 1,000,000 `).exec(printed) ?? [];
    expect(Number(count?.replaceAll(",", "")), name).toBeLessThan(500_000);
  }
}
