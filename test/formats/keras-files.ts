// The models in test/fixtures/keras.json as files.

import { inflateSync } from "node:zlib";
import { fromBase64 } from "../../bindings/saving/bytes.ts";
import keras from "../fixtures/keras.json" with { type: "json" };

export function kerasFile(name: keyof typeof keras.cases): Uint8Array<ArrayBuffer> {
  return new Uint8Array(inflateSync(fromBase64(keras.cases[name].file)));
}
