// An application pays for what it imports, and not more than test/support/sizes.ts allows.

import { expect, it } from "vitest";
import { measureSizes } from "../support/sizes.ts";

it.each(await measureSizes())("$what: $bytes of $limit bytes", ({ bytes, limit }) => {
  expect(bytes).toBeGreaterThan(300);
  expect(bytes).toBeLessThanOrEqual(limit);
});
