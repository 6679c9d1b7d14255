// The elementary functions and the sigmoid's derivative over arrays. Arrays are padded: whole registers are read and written,
// so all of them reach to a multiple of 16 bytes. The result may overwrite the argument.

import { expVector, logVector, sigmoidVector, tanhVector } from "./elementary";
import { prepareSigmoidTable, sigmoidsByTable } from "./sigmoid-table";
import { sigmoidSlope } from "./simd";

/** out[i] = e^z[i]. */
export function exp<T>(outPtr: usize, zPtr: usize, count: usize): void {
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(outPtr + offset, expVector<T>(v128.load(zPtr + offset)));
  }
}

/** out[i] = ln z[i]. */
export function log<T>(outPtr: usize, zPtr: usize, count: usize): void {
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(outPtr + offset, logVector<T>(v128.load(zPtr + offset)));
  }
}

/** a[i] = tanh z[i]. */
export function tanh<T>(aPtr: usize, zPtr: usize, count: usize): void {
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(aPtr + offset, tanhVector<T>(v128.load(zPtr + offset)));
  }
}

/** a[i] = σ(z[i]). */
export function sigmoid<T>(aPtr: usize, zPtr: usize, count: usize): void {
  if (sizeof<T>() == 4) {
    prepareSigmoidTable();
    sigmoidsByTable(aPtr, zPtr, count);
    return;
  }
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(aPtr + offset, sigmoidVector<T>(v128.load(zPtr + offset)));
  }
}

/** d[i] = a[i] · (1 − a[i]). */
export function sigmoidDerivative<T>(dPtr: usize, aPtr: usize, count: usize): void {
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(dPtr + offset, sigmoidSlope<T>(v128.load(aPtr + offset)));
  }
}
