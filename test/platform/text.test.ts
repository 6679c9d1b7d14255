// Text and bytes by hand, where the platform has no TextEncoder, TextDecoder, btoa or atob: against those of Node.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { decodeText, encodeText, fromBase64Text, toBase64Text } from "../../bindings/platform/text.ts";
import { Random } from "../fixtures/random.ts";

const platform = { btoa, atob, TextEncoder, TextDecoder };

beforeEach(() => {
  for (const name of Object.keys(platform)) vi.stubGlobal(name, undefined);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const random = new Random(21);
const bytesOf = (length: number) => Uint8Array.from({ length }, () => random.whole(0, 255));

it("base64, of 0 to 300 bytes", () => {
  expect([toBase64Text(""), toBase64Text("M"), toBase64Text("Ma"), toBase64Text("Man")]).toEqual([
    "",
    "TQ==",
    "TWE=",
    "TWFu",
  ]);
  for (let length = 0; length < 300; length++) {
    const binary = String.fromCharCode(...bytesOf(length));
    expect(toBase64Text(binary)).toBe(platform.btoa(binary));
    expect(fromBase64Text(platform.btoa(binary))).toBe(binary);
  }
});

it("what is no base64 is refused, and what is, read, as by atob", () => {
  const letters = "ABz9+/= \n-_=é";
  for (let n = 0; n < 20_000; n++) {
    const text = Array.from({ length: random.whole(0, 9) }, () => letters[random.whole(0, letters.length - 1)]).join(
      "",
    );
    const outcome = (read: (text: string) => string) => {
      try {
        return read(text);
      } catch {
        return "refused";
      }
    };
    expect(outcome(fromBase64Text), JSON.stringify(text)).toBe(outcome(platform.atob));
  }
});

describe("UTF-8", () => {
  it("of any text, with halves of pairs too", () => {
    const codes = [
      0, 0x41, 0x7f, 0x80, 0x7ff, 0x800, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xfeff, 0xffff, 0x10000, 0x10ffff,
    ];
    for (let n = 0; n < 5000; n++) {
      const text = String.fromCodePoint(...Array.from({ length: random.whole(0, 12) }, () => random.pick(codes)));
      const bytes = new platform.TextEncoder().encode(text);
      expect(encodeText(text)).toEqual(bytes);
      expect(decodeText(bytes)).toBe(new platform.TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
    }
  });

  it("in pieces", () => {
    const text = "€𝄞aé".repeat(5000);
    for (let cut = 0; cut < 4; cut++)
      expect(decodeText(encodeText("a".repeat(cut) + text))).toBe("a".repeat(cut) + text);
  });

  it("what is none is refused, as by TextDecoder", () => {
    const strict = new platform.TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const some = [0x41, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xa0, 0xed, 0xef, 0xf0, 0x90, 0xf4, 0x8f, 0xf5, 0xff];
    for (let n = 0; n < 20_000; n++) {
      const bytes = Uint8Array.from({ length: random.whole(0, 5) }, () => random.pick(some));
      const outcome = (read: () => string) => {
        try {
          return read();
        } catch {
          return "refused";
        }
      };
      expect(
        outcome(() => decodeText(bytes)),
        String(bytes),
      ).toBe(outcome(() => strict.decode(bytes)));
    }
  });
});
