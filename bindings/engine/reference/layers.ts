// What each kind of layer makes z of x by, the way back, and the gradients of its parameters.

import type { FloatArray } from "../../arrays.ts";
import type { LayerType } from "../../catalog/layers.ts";
import type { Layer } from "../engine.ts";
import { biasGradient, forward, inputGradient, type Round, weightGradient } from "./dense.ts";

/** Of a layer whose parameters lie in arrays that stay the same. */
export interface Transform {
  /** z of x. `trains`: it is a step of a training that changes the layer. */
  forward(z: FloatArray, x: FloatArray, rows: number, trains: boolean): void;
  /** ∂E/∂x of δ, after `forward`. */
  backward(back: FloatArray, delta: FloatArray, rows: number): void;
  /** Gradients of its parameters, in their order, after `forward`. */
  gradients(g: readonly FloatArray[], x: FloatArray, delta: FloatArray, rows: number): void;
}

type Make = (layer: Layer, inputs: number, parameters: readonly FloatArray[], round: Round) => Transform;

const dense: Make = ({ units }, inputs, [w, b], round) => ({
  forward: (z, x, rows) => forward(z, x, w!, b!, { rows, inputs, units }, round),
  backward: (back, delta, rows) => inputGradient(back, delta, w!, { rows, inputs, units }, round),
  gradients([gw, gb], x, delta, rows) {
    weightGradient(gw!, x, delta, { rows, inputs, units }, round);
    biasGradient(gb!, delta, rows, units, round);
  },
});

const identity: Make = () => ({
  forward: (z, x) => z.set(x),
  backward: (back, delta) => back.set(delta),
  gradients: () => {},
});

const TRANSFORMS: Readonly<Record<LayerType, Make>> = {
  dense,
  activation: identity,
  dropout: identity,
};

export function transformOf(layer: Layer, inputs: number, parameters: readonly FloatArray[], round: Round): Transform {
  return TRANSFORMS[layer.type ?? "dense"](layer, inputs, parameters, round);
}
