// The most additions and multiplications of 128 bits that a core does, nothing else: no load, no fused operation. Eight sums are
// as many as V8 keeps in registers, and more than the latency asks for; x and y change places so that no product is known
// before.

// @ts-ignore: decorator
@inline function step<T>(sum: v128, x: v128, y: v128): v128 {
  return v128.add<T>(sum, v128.mul<T>(x, y));
}

// @ts-ignore: decorator
@inline function peak<T>(steps: u32, ptr: usize): void {
  let s0 = v128.load(ptr), s1 = v128.load(ptr, 16), s2 = v128.load(ptr, 32), s3 = v128.load(ptr, 48);
  let s4 = v128.load(ptr, 64), s5 = v128.load(ptr, 80), s6 = v128.load(ptr, 96), s7 = v128.load(ptr, 112);
  let x = v128.load(ptr, 128), y = v128.load(ptr, 144);
  const a = v128.load(ptr, 160), b = v128.load(ptr, 176), c = v128.load(ptr, 192);
  for (let n: u32 = 0; n < steps; n++) {
    s0 = step<T>(s0, x, a); s1 = step<T>(s1, x, b); s2 = step<T>(s2, x, c); s3 = step<T>(s3, y, a);
    s4 = step<T>(s4, y, b); s5 = step<T>(s5, y, c); s6 = step<T>(s6, x, x); s7 = step<T>(s7, y, y);
    const t = x; x = y; y = t;
  }
  v128.store(ptr, s0); v128.store(ptr, s1, 16); v128.store(ptr, s2, 32); v128.store(ptr, s3, 48);
  v128.store(ptr, s4, 64); v128.store(ptr, s5, 80); v128.store(ptr, s6, 96); v128.store(ptr, s7, 112);
}

/** `steps` times 8 products and 8 sums of registers; ptr: 13 registers to start from. */
export function peak_f32(steps: u32, ptr: usize): void {
  peak<f32>(steps, ptr);
}
export function peak_f64(steps: u32, ptr: usize): void {
  peak<f64>(steps, ptr);
}
