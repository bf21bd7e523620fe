import { PublicOnly } from "../adapters/http/public_only.ts";
import type { AddressFaults } from "../control/rules/recipient_desk.ts";
import { addressOf, type ChannelName, channelOf, isEndpointName } from "../rules/channels.ts";
import type { DeliveryConfig } from "./open_channels.ts";

/** What the faults of addresses depend on. */
export type AddressFaultsConfig = Pick<DeliveryConfig, "webhookLocal" | "slackApi" | "discordApi">;

/**
 * What is wrong with addresses as they are posted: the same that their channels refuse when they are called.
 *
 * @param mayResolve whether this process may look up names; without it only the text of an address is checked.
 */
export function addressFaults(config: AddressFaultsConfig, mayResolve: boolean): AddressFaults {
  const reach = new PublicOnly({ service: "webhook", allowLocal: config.webhookLocal });
  const bases: Partial<Record<ChannelName, string>> = { slack: config.slackApi, discord: config.discordApi };
  const isCalled = (channel: ChannelName, address: string) =>
    channel === "push" || (channel === "webhook" && !isEndpointName(address));
  return {
    literal(recipient) {
      const channel = channelOf(recipient);
      const address = addressOf(recipient);
      const base = bases[channel];
      if (base !== undefined && URL.parse(address)?.origin !== new URL(base).origin) {
        return `must begin with ${channel}:${new URL(base).origin}/`;
      }
      return isCalled(channel, address) ? reach.fault(address) : undefined;
    },
    async resolved(recipient) {
      const channel = channelOf(recipient);
      const address = addressOf(recipient);
      return mayResolve && isCalled(channel, address) ? await reach.resolvedFault(address) : undefined;
    },
  };
}
