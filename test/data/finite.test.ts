// Whether numbers are finite is seen by their sum, which may overflow although they are, and may be NaN of ∞ − ∞.

import { Network } from "bitgrad";
import { fromSafetensors, toSafetensors } from "bitgrad/formats";
import { describe, expect, it } from "vitest";
import { allFinite } from "../../bindings/numbers.ts";
import { errorOf } from "../faults/expect-error.ts";
import { DTYPES, floats } from "../fixtures/bits.ts";

const LARGEST = { f32: 3.4028234663852886e38, f64: 1.7976931348623157e308 } as const;

describe.each(DTYPES)("%s", (dtype) => {
  it.each([0, 1, 7, 8, 9, 35])("%i numbers: each one counts, wherever it is", (length) => {
    const values = floats(dtype, length).fill(LARGEST[dtype]);
    expect(allFinite(values)).toBe(true);
    expect(allFinite(values.map((value, n) => (n % 2 === 0 ? value : -value)))).toBe(true);
    for (let n = 0; n < length; n++) {
      for (const wrong of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]) {
        const some = values.slice();
        some[n] = wrong;
        expect(allFinite(some), `${wrong} at ${n}`).toBe(false);
        some[length - 1 - n] = Number.NEGATIVE_INFINITY;
        expect(allFinite(some), `${wrong} at ${n}, and −∞`).toBe(false);
      }
    }
  });

  it("the largest numbers are read from a file, and one that is infinite is named", () => {
    const make = () => Network.createSync({ inputs: 20, layers: [{ units: 17 }], dtype });
    using net = make();
    const [layer] = net.getParameters();
    net.setParameters([{ ...layer, weights: layer!.weights.fill(LARGEST[dtype]) }]);
    const file = toSafetensors(net);
    expect(fromSafetensors(file).parameters[0]!.weights).toEqual(layer!.weights);
    const start = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
    const unsigned = new TextDecoder().decode(file.subarray(8, start)).replace(/"(sha256|checksum)"/g, '"was_$1"');
    const bytes = new Uint8Array(8 + unsigned.length + file.length - start);
    bytes.set(file.subarray(0, 8));
    new DataView(bytes.buffer).setBigUint64(0, BigInt(unsigned.length), true);
    bytes.set(new TextEncoder().encode(unsigned), 8);
    bytes.set(file.subarray(start), 8 + unsigned.length);
    const size = dtype === "f32" ? 4 : 8;
    const view = new DataView(bytes.buffer, 8 + unsigned.length);
    if (dtype === "f32") view.setFloat32(9 * size, Number.POSITIVE_INFINITY, true);
    else view.setFloat64(9 * size, Number.POSITIVE_INFINITY, true);
    expect((errorOf(() => fromSafetensors(bytes)) as Error).message).toMatch(/\[9\] is Infinity; numbers finite in/);
  });
});
