// Compared inside WebAssembly, since no result of the library's shows which way a sigmoid went.

import { sigmoidVector } from "../../../assembly/elementary";
import { prepareSigmoidTable, sigmoidFirstByTable, sigmoidByTable } from "../../../assembly/sigmoid-table";

/** How many of the f32 whose bits are first, first + 1, … have another sigmoid by the table than by elementary.ts. */
export function differences(first: u32, count: u32): u32 {
  prepareSigmoidTable();
  let found: u32 = 0;
  for (let n: u32 = 0; n < count; n += 4) {
    const z = i32x4.add(i32x4.splat(<i32>(first + n)), i32x4(0, 1, 2, 3));
    const expected = sigmoidVector<f32>(z);
    const isNaN = f32x4.ne(z, z);
    found += 4 - popcnt(i32x4.bitmask(v128.or(isNaN, i32x4.eq(expected, sigmoidByTable<f32>(z)))));
    // one lane at a time, another one every time
    const lane = i32x4.splat(<i32>(first + n + ((n >> 2) & 3)));
    const single = sigmoidFirstByTable<f32>(lane);
    const same = v128.or(f32x4.ne(lane, lane), i32x4.eq(sigmoidVector<f32>(lane), single));
    if (!i32x4.extract_lane(same, 0)) found++;
  }
  return found;
}
