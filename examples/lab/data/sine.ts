// A sine that is the same everywhere, since Math.sin isn't: by + − × ÷ alone.

/** sin x with an error below 1e-15, for x of −1,000 to 1,000. */
export function sine(x: number): number {
  const quarters = Math.floor(x / 1.5707963267948966 + 0.5);
  const rest = x - quarters * 1.5707963267341256 - quarters * 6.077100506506192e-11; // ½π in two parts
  const isCosine = quarters % 2 !== 0;
  let sum = 1; // Taylor's series, nested
  for (let n = isCosine ? 16 : 17; n > 1; n -= 2) sum = 1 - ((rest * rest) / (n * (n - 1))) * sum;
  const value = isCosine ? sum : rest * sum;
  return quarters & 2 ? -value : value;
}
