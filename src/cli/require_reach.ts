import { InputError } from "../core/errors.ts";
import type { ChannelName } from "../rules/channels.ts";
import type { DeliveryConfig } from "./open_channels.ts";
import { hostOf, netFlags, type Reach } from "./reach.ts";

/**
 * Refuses settings that this process has no permission for: it would start, and fail at the first trade or mail.
 *
 * @throws {InputError} code `not_permitted`, with the line to run.
 */
export function requireReach(reach: Reach, listen: string): void {
  const missing = reach.hosts.filter(({ host, optional }) => !optional && !mayReach(host));
  if (missing.length === 0) return;
  const issues = missing.map(({ host, need }) => ({
    field: need,
    code: "not_permitted",
    reason:
      `needs ${host}, which this process may not reach; start it by "deno task start", or run deno with ` +
      netFlags(reach, listen).join(" "),
  }));
  throw new InputError("not_permitted", issues);
}

/** Whether Deno lets this process connect to a host. */
function mayReach(host: string): boolean {
  return Deno.permissions.querySync({ name: "net", host }).state === "granted";
}

/** The channels that do not work with these settings and permissions, and why. */
export function idleChannels(
  config: Pick<
    DeliveryConfig,
    | "webhookSecret"
    | "webhookLocal"
    | "telegramToken"
    | "slackApi"
    | "discordApi"
    | "ntfyUrl"
    | "smsGateway"
    | "pushKeys"
  >,
): ReadonlyMap<ChannelName, string> {
  const idle = new Map<ChannelName, string>();
  const forbidden = (host: string) => `this process may not reach ${host}: start it by "deno task start"`;
  if (config.webhookSecret === undefined) idle.set("webhook", "--webhook-secret is not set");
  else if (!config.webhookLocal && Deno.permissions.querySync({ name: "net" }).state !== "granted") {
    idle.set("webhook", forbidden("other hosts"));
  }
  if (config.telegramToken === undefined) idle.set("telegram", "--telegram-token is not set");
  for (const [channel, url] of [["slack", config.slackApi], ["discord", config.discordApi]] as const) {
    const host = hostOf(url);
    if (host !== undefined && !mayReach(host)) idle.set(channel, forbidden(host));
  }
  if (config.ntfyUrl === undefined) idle.set("ntfy", "--ntfy-url is not set");
  if (config.smsGateway === "none") idle.set("sms", "--sms-gateway is not set");
  if (config.pushKeys === undefined) idle.set("push", "--push-keys is not set");
  return idle;
}
