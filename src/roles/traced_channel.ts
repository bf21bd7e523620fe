import type { Channel, OutgoingMessage } from "../ports/channel.ts";
import { alertTrace, inSpan, isTracing } from "../telemetry/trace.ts";

/**
 * A channel whose calls are spans in the traces of their alerts; the channel itself where traces are off. A digest is in
 * the trace of its first alert.
 */
export function traced(channel: Channel): Channel {
  if (!isTracing()) return channel;
  const { limits } = channel;
  return {
    channel: channel.channel,
    transport: channel.transport,
    send: (message, signal) =>
      inSpan(`deliver ${channel.channel}`, spanOf(channel, message), () => channel.send(message, signal)),
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
