// Plain stochastic gradient descent: w −= rate · g. Training fuses this step into the gradient (dense.ts,
// parameterGradient); this is the building block on its own.

/** w[i] −= rate · g[i]; whole registers, so both arrays reach to a multiple of 16 bytes. */
export function descend<T>(wPtr: usize, gPtr: usize, count: usize, rate: T): void {
  const rates = v128.splat<T>(rate);
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const step = v128.mul<T>(rates, v128.load(gPtr + offset));
    v128.store(wPtr + offset, v128.sub<T>(v128.load(wPtr + offset), step));
  }
}
