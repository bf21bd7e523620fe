// A symbol's reference: what is known of it on a day, see REFERENCE_* in ../layout.ts.

import { REFERENCE_DAY, SNAP_DAY, STATE_REFERENCE } from "../layout";

/** The symbol's reference, 0 unless it is of the snapshot's own day. */
export function referenceOf(snap: usize, state: usize): usize {
  const reference: usize = load<u32>(state, STATE_REFERENCE);
  return reference != 0 && load<f64>(reference, REFERENCE_DAY) == load<f64>(snap, SNAP_DAY) ? reference : 0;
}
