// SHA-256 by every way there is: the vectors of FIPS 180, lengths around blocks and around where the way changes,
// platforms without; our own beside stablelib's, and its constants beside their definition.

import crypto from "node:crypto";
import { SHA256 as StablelibSHA256 } from "@stablelib/sha256";
import { afterEach, expect, it, vi } from "vitest";
import { finishAsync } from "../../bindings/network/course.ts";
import { constants, digest, digesting, SHA256 } from "../../bindings/saving/sha256.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** By our own alone, as where the platform has nothing. */
function alone(bytes: Uint8Array): string {
  vi.stubGlobal("process", undefined);
  try {
    return digest(bytes);
  } finally {
    vi.unstubAllGlobals();
  }
}

/** By the way for trainings that share their thread; a turn is due after every slice. */
function inTurns(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return finishAsync(digesting([bytes], () => true));
}

async function expectDigest(bytes: Uint8Array<ArrayBuffer>, wanted: string): Promise<void> {
  const found = [digest(bytes), alone(bytes), await inTurns(bytes)];
  vi.stubGlobal("process", undefined); // as in a page
  found.push(await inTurns(bytes));
  vi.stubGlobal("crypto", undefined);
  found.push(await inTurns(bytes));
  vi.unstubAllGlobals();
  expect(found, `${bytes.length} bytes`).toEqual(Array(5).fill(wanted));
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
  expect([digest(bytes), await inTurns(bytes)]).toEqual([wanted, wanted]);
  expect([sync.mock.calls.length, async.mock.calls.length]).toEqual([2, 0]);
  sync.mockImplementation(() => {
    throw new Error("no crypto");
  });
  expect([digest(bytes), await inTurns(bytes)]).toEqual([wanted, wanted]);
  expect(async.mock.calls.length).toBe(1);
  async.mockRejectedValue(new Error("data is too long"));
  expect(await inTurns(bytes)).toBe(wanted);
});

function own(...pieces: Uint8Array[]): string {
  const sha256 = new SHA256();
  for (const piece of pieces) sha256.update(piece);
  return sha256.digest();
}

function stablelib(...pieces: Uint8Array[]): string {
  const sha256 = new StablelibSHA256();
  for (const piece of pieces) sha256.update(piece);
  return Buffer.from(sha256.digest()).toString("hex");
}

const BYTES = Uint8Array.from({ length: 5000 }, (_, n) => (n * 2654435761) >>> 13);

it("our own is stablelib's and Node's, of every length from 0 to 300", () => {
  for (let length = 0; length <= 300; length++) {
    const bytes = BYTES.subarray(length, 2 * length);
    const wanted = crypto.createHash("sha256").update(bytes).digest("hex");
    expect([own(bytes), stablelib(bytes)], `${length} bytes`).toEqual([wanted, wanted]);
  }
});

it("in pieces of any length, empty ones too, our own gives what it gives of the whole", () => {
  const bytes = BYTES.subarray(0, 200);
  const wanted = stablelib(bytes);
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(own(bytes.subarray(0, cut), bytes.subarray(cut)), `cut at ${cut}`).toBe(wanted);
  }
  for (let size = 1; size <= 130; size++) {
    const pieces = [new Uint8Array(0)];
    for (let at = 0; at < BYTES.length; at += size) pieces.push(BYTES.subarray(at, at + size));
    expect(own(...pieces), `pieces of ${size}`).toBe(stablelib(BYTES));
  }
});

it.each([2 ** 29 - 64, 2 ** 29, 2 ** 31, 2 ** 32 - 64, 2 ** 32, 2 ** 32 + 64, 2 ** 33 + 2 ** 29, 2 ** 50])(
  "after %d bytes, which are counted but not read, the length is written in 64 bits",
  (length) => {
    const tail = BYTES.subarray(0, 61);
    const sha256 = new SHA256();
    sha256.length = length;
    sha256.update(tail);
    const other = new StablelibSHA256();
    other.restoreState({ ...other.saveState(), bytesHashed: length });
    other.update(tail);
    const found = sha256.digest();
    expect(found).toBe(Buffer.from(other.digest()).toString("hex"));
    expect(found).not.toBe(own(tail));
  },
);

it("its constants are the first 32 bits of the fractional parts of the roots of primes", () => {
  // an integer r is the root · 2^32, rounded down, where r^k ≤ prime · 2^(32 k) < (r + 1)^k
  const { start, rounds } = constants();
  const primes = Array.from({ length: 312 }, (_, n) => n).filter((n) => n > 1 && !/^(11+)\1+$/.test("1".repeat(n)));
  expect([start.length, rounds.length, primes.length]).toEqual([8, 64, 64]);
  for (const [power, words] of [[2n, start] as const, [3n, rounds] as const]) {
    words.forEach((word, n) => {
      const whole = Math.floor(primes[n]! ** (1 / Number(power)));
      const root = BigInt(whole) * 2n ** 32n + BigInt(word >>> 0);
      const wanted = BigInt(primes[n]!) * 2n ** (32n * power);
      expect(root ** power <= wanted && wanted < (root + 1n) ** power, `${power}, ${primes[n]}`).toBe(true);
    });
  }
  // FIPS 180-4, 4.2.2 and 5.3.3: the first and the last of both
  expect([start[0]! >>> 0, start[7]! >>> 0]).toEqual([0x6a09e667, 0x5be0cd19]);
  expect([rounds[0]! >>> 0, rounds[63]! >>> 0]).toEqual([0x428a2f98, 0xc67178f2]);
});
