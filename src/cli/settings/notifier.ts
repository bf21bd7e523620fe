import { deliverySettings } from "../../config/delivery.ts";
import { sharedSettings } from "./shared.ts";

/** What `tickbell notifier` reads. */
export const notifierRoleSettings = { ...sharedSettings, ...deliverySettings };
