import type { Channel, OutgoingMessage } from "../../ports/channel.ts";
import { logger } from "../../telemetry/log.ts";
import { alertTrace, inSpan, isTracing } from "../../telemetry/trace.ts";

const log = logger("notifier");

/**
 * A channel whose calls can be followed: each is a span in the trace of its alert (a digest's, in that of its first), and
 * what was taken is a line of the log with the alert's id, as the stream's line has it.
 */
export function traced(channel: Channel): Channel {
  const { limits, transport, callTimeoutMs } = channel;
  return {
    channel: channel.channel,
    transport,
    async send(message, signal) {
      const send = () => channel.send(message, signal);
      const receipt = isTracing()
        ? await inSpan(`deliver ${channel.channel}`, spanOf(channel, message), send)
        : await send();
      for (const { id, symbol } of message.alerts) {
        const properties = { alertId: id, symbol, transport, providerId: receipt.providerId };
        log.info("alert {alertId} of {symbol} taken by {transport}", properties);
      }
      return receipt;
    },
    ...(callTimeoutMs === undefined ? {} : { callTimeoutMs }),
    ...(limits === undefined ? {} : { limits: () => limits.call(channel) }),
    close: () => channel.close(),
  };
}

function spanOf({ transport }: Channel, { alerts, deliveryId }: OutgoingMessage) {
  const [alert] = alerts;
  return {
    parent: alertTrace(alert?.id ?? deliveryId),
    attributes: {
      "tickbell.alert.id": alert?.id ?? "",
      "tickbell.alerts": alerts.length,
      "tickbell.transport": transport,
    },
  };
}
