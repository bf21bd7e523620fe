import { streamSettings } from "../../config/common.ts";
import { sharedSettings } from "./shared.ts";

/** What `tickbell stream` reads. */
export const streamRoleSettings = { ...sharedSettings, ...streamSettings };
