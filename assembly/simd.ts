// Vector vocabulary shared by the kernels: one 128-bit register holds LANES elements of the dtype T, and two registers
// make a panel, the unit in which matrix kernels divide their output columns.

/** Elements of T in one 128-bit register: 4 (f32) or 2 (f64). */
// @ts-ignore: decorator
@inline export function lanes<T>(): usize {
  return 16 / sizeof<T>();
}

/** Columns of a panel: two registers wide. */
// @ts-ignore: decorator
@inline export function panelWidth<T>(): usize {
  return 32 / sizeof<T>();
}

/** `bytes` in whole cache lines. */
// @ts-ignore: decorator
@inline export function align(bytes: f64): f64 {
  return Math.ceil(bytes / 64) * 64;
}

/** How many panels cover `columns`. */
// @ts-ignore: decorator
@inline export function panelCount<T>(columns: usize): usize {
  return (columns + panelWidth<T>() - 1) / panelWidth<T>();
}

// Sizes are computed before memory of that size is allocated, in types that can't wrap: f64, or u64 for a product of
// which one factor is an element's bytes. They become usize once the arena has allocated that much.

/** Bytes of inputs × units weights as dense.ts stores them: panels, or one vector where there is one unit. */
export function weightsBytes(inputs: f64, units: f64, elementBytes: usize): f64 {
  if (units == 1) return <f64>vectorBytes(<u64>inputs, elementBytes);
  return <f64>biasBytes(<u64>units, elementBytes) * inputs;
}

/** Bytes of the weights of one unit: whole registers. */
// @ts-ignore: decorator
@inline export function vectorBytes(inputs: u64, elementBytes: u64): u64 {
  return (inputs * elementBytes + 15) & ~15;
}

/** Bytes of a layer's biases: one row of panels. */
// @ts-ignore: decorator
@inline export function biasBytes(units: u64, elementBytes: u64): u64 {
  return (units * elementBytes + 31) & ~31;
}

/** Bytes from one row of an activation buffer to the next. One unit: the rows are contiguous. */
export function rowBytes(units: f64, elementBytes: usize): f64 {
  return <f64>(units == 1 ? <u64>elementBytes : paddedRowBytes(<u64>units * elementBytes));
}

/**
 * `bytes` in whole registers; never a multiple of 1,024, where walking down a column would keep hitting the same few
 * cache sets.
 */
export function paddedRowBytes(bytes: u64): u64 {
  const whole = (bytes + 15) & ~15;
  return whole % 1024 == 0 ? whole + 64 : whole;
}

const TAIL_MASK = memory.data<u32>([-1, -1, -1, -1, 0, 0, 0, 0], 16);

/** All ones in the first `bytes` bytes of a register (all of it from 16 on), else zeros. */
// @ts-ignore: decorator
@inline export function tailMask(bytes: usize): v128 {
  return v128.load(TAIL_MASK + 16 - min<usize>(bytes, 16));
}

/** acc + a · b, each operation rounded on its own. */
// @ts-ignore: decorator
@inline export function multiplyAdd<T>(acc: v128, a: v128, b: v128): v128 {
  return v128.add<T>(acc, v128.mul<T>(a, b));
}

/** a · (1 − a): the derivative of the sigmoid from its output. */
// @ts-ignore: decorator
@inline export function sigmoidSlope<T>(a: v128): v128 {
  return v128.mul<T>(a, v128.sub<T>(v128.splat<T>(<T>1), a));
}
