import { timeSettings } from "../../config/common.ts";
import { feedSettings } from "../../config/feed.ts";
import { sharedSettings } from "./shared.ts";

/** What `tickbell producer` reads. */
export const producerRoleSettings = { ...sharedSettings, ...feedSettings, ...timeSettings };
