// SHA-256 in hex: the platform's where that is faster, else stablelib's. No other file may say `crypto`, whose random numbers differ
// from run to run; SHA-256 leaves a platform no choice.

import { SHA256 } from "@stablelib/sha256";
import { nodeModule } from "../worker/start.ts";

// bytes: from here on the platform's is faster even in a first call, which loads it in some ms
const LARGE = 2 ** 12;
const PART = 2 ** 30; // bytes; Node takes less than 2^31 at once

/** Of bytes, or of those of several arrays, one after the other. */
export function digest(bytes: Uint8Array | readonly Uint8Array[]): string {
  const parts = bytes instanceof Uint8Array ? [bytes] : bytes;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return (length < LARGE ? undefined : nodeDigest(parts)) ?? plainDigest(parts);
}

/** Off this thread where the platform can; until then nobody else may write to `bytes`. */
export async function digestAsync(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (bytes.length >= LARGE) {
    try {
      return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
    } catch {
      // pages without https have none, and Node's takes less than 2 GiB
    }
  }
  return digest(bytes);
}

function plainDigest(parts: readonly Uint8Array[]): string {
  const sha256 = new SHA256();
  for (const part of parts) sha256.update(part);
  return hex(sha256.digest());
}

/** That of Node, Deno or Bun. */
function nodeDigest(parts: readonly Uint8Array[]): string | undefined {
  try {
    const sha256 = (nodeModule("crypto") as NodeCrypto).createHash("sha256");
    for (const part of parts) {
      for (let at = 0; at < part.length; at += PART) sha256.update(part.subarray(at, at + PART));
    }
    return sha256.digest("hex");
  } catch {
    return undefined; // there is no such thing, or it has no crypto
  }
}

interface Sha256 {
  update(bytes: Uint8Array): void;
  digest(encoding: "hex"): string;
}

interface NodeCrypto {
  createHash(algorithm: "sha256"): Sha256;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
