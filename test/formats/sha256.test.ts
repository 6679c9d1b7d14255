// SHA-256 by every way there is: the vectors of FIPS 180, lengths around blocks and around where the way changes, platforms without.

import crypto from "node:crypto";
import { afterEach, expect, it, vi } from "vitest";
import { digest, digestAsync } from "../../bindings/network/sha256.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** By stablelib alone, as where the platform has nothing. */
function alone(bytes: Uint8Array): string {
  vi.stubGlobal("process", undefined);
  try {
    return digest(bytes);
  } finally {
    vi.unstubAllGlobals();
  }
}

async function expectDigest(bytes: Uint8Array<ArrayBuffer>, wanted: string): Promise<void> {
  const found = [digest(bytes), alone(bytes), await digestAsync(bytes)];
  vi.stubGlobal("crypto", undefined);
  found.push(await digestAsync(bytes));
  vi.unstubAllGlobals();
  expect(found, `${bytes.length} bytes`).toEqual(Array(4).fill(wanted));
}

it.each([
  ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  [
    "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
    "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
  ],
  ["a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
])("%.60s", (text, wanted) => expectDigest(new TextEncoder().encode(text), wanted));

it("lengths around blocks, and of parts of a buffer", async () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, n) => (n * 2654435761) >>> 13);
  const lengths = Array.from({ length: 260 }, (_, n) => [n, 4096 - 130 + n, 65_536 - 130 + n]).flat();
  for (const length of lengths) {
    const part = bytes.subarray(length % 7, (length % 7) + length);
    await expectDigest(part, crypto.createHash("sha256").update(part).digest("hex"));
  }
});

it("many bytes are the platform's work; where it fails, they are not", async () => {
  const bytes = new Uint8Array(100_000).fill(7);
  const wanted = alone(bytes);
  const sync = vi.spyOn(crypto, "createHash");
  const async = vi.spyOn(globalThis.crypto.subtle, "digest");
  expect([digest(bytes), await digestAsync(bytes)]).toEqual([wanted, wanted]);
  expect([sync.mock.calls.length, async.mock.calls.length]).toEqual([1, 1]);
  async.mockRejectedValue(new Error("data is too long"));
  expect(await digestAsync(bytes)).toBe(wanted);
  expect(sync.mock.calls.length).toBe(2);
  sync.mockImplementation(() => {
    throw new Error("no crypto");
  });
  expect([digest(bytes), await digestAsync(bytes)]).toEqual([wanted, wanted]);
});
