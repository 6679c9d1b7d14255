// A record that is used up within one call: of a training that is measured, not begun; of an order that is drawn at
// once. It lies behind the static data, not in it: an instance that a worker starts on the same memory writes that
// again, also while this one is at work.

import { tableEnd } from "./sigmoid-table";

export function scratchRecord(): usize {
  return tableEnd();
}
