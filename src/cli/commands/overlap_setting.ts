import { integer } from "../../config/setting.ts";
import { OVERLAP_SECONDS } from "../../control/auth/overlap.ts";

/** How long what is rotated works on. */
export const overlapSetting = integer({
  default: OVERLAP_SECONDS.usual,
  min: 0,
  max: OVERLAP_SECONDS.most,
  placeholder: "SECONDS",
  description: "How long the old key or secret works beside the new one, in seconds.",
});
