// Parameters go in and out of WebAssembly's memory in pieces of 64 KiB: layers shorter, longer and wider than one.

import { Network } from "bitgrad";
import { expect, it } from "vitest";
import { DTYPES, ENGINES } from "../fixtures/bits.ts";
import { TEXTBOOK } from "../support/textbook.ts";

const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => Buffer.from(buffer, byteOffset, byteLength);
const bytesOf = (layers: readonly { weights: ArrayBufferView; biases: ArrayBufferView }[]) =>
  Buffer.concat(layers.flatMap(({ weights, biases }) => [bytes(weights), bytes(biases)]));

const SHAPES = [
  { inputs: 1, units: [1] },
  { inputs: 40_000, units: [1, 1] },
  { inputs: 3, units: [20_001, 2] },
  { inputs: 2, units: [16_384, 1, 8192] },
  { inputs: 131, units: [257, 129, 9] },
];

it.each(DTYPES.flatMap((dtype) => SHAPES.map((shape) => ({ dtype, ...shape }))))(
  "$dtype, $inputs inputs, $units units",
  ({ dtype, inputs, units }) => {
    const array = dtype === "f32" ? Float32Array : Float64Array;
    let columns = inputs;
    let count = 0;
    // every parameter is its own index, so that one in a wrong place is seen
    const numbered = (length: number) => new array(length).map(() => count++);
    const layers = units.map((size) => {
      const weights = numbered(columns * size);
      columns = size;
      return { weights, biases: numbered(size) };
    });
    const files = ENGINES.map((engine) => {
      const options = {
        ...TEXTBOOK,
        inputs,
        layers: units.map((size) => ({ units: size })),
        optimizer: "adam",
      } as const;
      using net = Network.createSync({ ...options, dtype, engine });
      net.setParameters(layers);
      expect(bytesOf(net.getParameters()).equals(bytesOf(layers))).toBe(true);
      net.fit([Array(inputs).fill(0)], [Array(columns).fill(0)]); // the optimizer's slots are not 0
      using again = Network.loadSync(net.save(), { engine });
      expect(again.digest()).toBe(net.digest());
      return net.save();
    });
    expect(bytes(files[0]!).equals(bytes(files[1]!))).toBe(true);
  },
);
