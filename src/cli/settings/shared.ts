import { commonSettings } from "../../config/common.ts";
import { logSettings } from "../../config/log.ts";
import { telemetrySettings } from "../../config/telemetry.ts";

/** What the command of any role reads. */
export const sharedSettings = { ...commonSettings, ...logSettings, ...telemetrySettings };
