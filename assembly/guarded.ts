// A step that leaves no numbers behind that are not finite: where one comes out, the step is taken back. Most steps
// need no copy for that, because it is known before that nothing can overflow.

import { ADAGRAD, ADAM, ADAMW, FINISHED, LION, NADAM, NOT_FINITE, RMSPROP } from "../bindings/catalog/codes";
import { copyVectors } from "./epoch";
import { Network } from "./network";
import { Optimizer, beginStep } from "./optimizer";

const FAR: f64 = 1099511627776; // 2^40: the square of so much, times 2^32, is far from f32's largest number
const FARTHEST: f64 = 1.2676506002282294e30; // 2^100: a quarter of the last bit of f32's largest number

/**
 * The largest |element| in whole registers, in f64 of its first 20 bits after the point alone; not less than Infinity
 * where an element isn't finite. Bits of numbers of one sign are in their order, and comparing them is fastest.
 */
export function largest<T>(ptr: usize, bytes: usize): f64 {
  const mask = sizeof<T>() == 4 ? i32x4.splat(0x7fffffff) : i64x2.splat(0x7fffffff00000000);
  let most = i64x2.splat(0);
  for (const end = ptr + bytes; ptr < end; ptr += 16) most = i32x4.max_u(most, v128.and(v128.load(ptr), mask));
  const high = i32x4.max_u(most, i32x4.shuffle(most, most, 2, 3, 0, 1));
  if (sizeof<T>() == 8) return f64x2.extract_lane(high, 0);
  return <f64>f32x4.extract_lane(i32x4.max_u(high, i32x4.shuffle(high, high, 1, 0, 3, 2)), 0);
}

/**
 * Whether a step that has begun, by gradients of up to `g`, surely leaves finite parameters and slots finite: what is
 * added to each is less than half of the last bit of the largest number. `m`: the largest number of the first slot.
 */
function staysFinite(optimizer: Optimizer, g: f64, m: f64, rate: f64): bool {
  const kind = optimizer.kind;
  const slow = kind == RMSPROP || kind == ADAGRAD || kind == LION; // the slot is no part of the step, or under a root
  if (!(g <= FAR) || !(slow || m <= FAR)) return false;
  if ((kind == ADAMW || kind == LION) && !(rate * optimizer.decay <= 1)) return false;
  if (kind >= ADAM && kind <= NADAM) rate = Math.abs(optimizer.rateOfFirst);
  if (kind == NADAM) rate = max<f64>(rate, Math.abs(optimizer.rateOfGradient));
  const step = kind == LION ? 1.0 : slow ? g : g + m;
  return rate * step <= (optimizer.epsilon > 0 ? FARTHEST * min<f64>(optimizer.epsilon, 1) : FARTHEST);
}

/**
 * Begins a step by gradients of up to `g`. False: it has not begun, because it may overflow, and there is no memory at
 * snapshotPtr to take it back from.
 */
export function beginGuarded<T>(network: Network, g: f64, rate: T, snapshotPtr: usize): bool {
  const optimizer = network.optimizer;
  const steps = optimizer.steps;
  const product = optimizer.momentumProduct;
  const bytes = network.parametersBytes;
  if (snapshotPtr) {
    copyVectors(snapshotPtr, network.parametersPtr, network.stateBytes);
    beginStep(optimizer, <f64>rate);
    return true;
  }
  const m = network.stateBytes > bytes ? largest<T>(network.parametersPtr + bytes, bytes) : 0;
  beginStep(optimizer, <f64>rate);
  if (staysFinite(optimizer, g, m, <f64>rate)) return true;
  optimizer.steps = steps;
  optimizer.momentumProduct = product;
  return false;
}

/** Ends a step; takes it back, and returns NOT_FINITE, where a parameter or a slot is not finite. */
export function endGuarded<T>(network: Network, snapshotPtr: usize, steps: f64, momentumProduct: f64): u32 {
  if (!snapshotPtr || largest<T>(network.parametersPtr, network.stateBytes) < Infinity) return FINISHED;
  copyVectors(network.parametersPtr, snapshotPtr, network.stateBytes);
  network.optimizer.steps = steps;
  network.optimizer.momentumProduct = momentumProduct;
  return NOT_FINITE;
}
