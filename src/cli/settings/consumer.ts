import { streamSettings } from "../../config/common.ts";
import { consumerSettings } from "../../config/consumer.ts";
import { seriesSettings } from "../../config/series.ts";
import { sharedSettings } from "./shared.ts";

/** What `tickbell consumer` reads. */
export const consumerRoleSettings = {
  ...sharedSettings,
  ...seriesSettings,
  ...consumerSettings,
  ...streamSettings,
};
