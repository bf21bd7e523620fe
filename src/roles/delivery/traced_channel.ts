import type { Channel, OutgoingMessage } from "../../ports/channel.ts";
import { logger } from "../../telemetry/log.ts";
import { alertTrace, inSpan, isTracing } from "../../telemetry/trace.ts";
import { TakenSummary } from "./taken_summary.ts";

const log = logger("notifier");

/**
 * A channel whose calls can be followed: each is a span in the trace of its alert (a digest's, in that of its first), and
 * what was taken is summed up in a line of the log; at debug each alert has one, with its id as the stream's line has it.
 */
export function traced(channel: Channel): Channel {
  const { limits, transport, callTimeoutMs } = channel;
  const summary = new TakenSummary(transport);
  return {
    channel: channel.channel,
    transport,
    async send(message, signal) {
      const send = () => channel.send(message, signal);
      const receipt = isTracing()
        ? await inSpan(`deliver ${channel.channel}`, spanOf(channel, message), send)
        : await send();
      summary.note(message.alerts[0]?.id ?? message.deliveryId, performance.now());
      if (log.isEnabledFor("debug")) {
        for (const { id, symbol } of message.alerts) {
          const properties = { alertId: id, symbol, transport, providerId: receipt.providerId };
          log.debug("alert {alertId} of {symbol} taken by {transport}", properties);
        }
      }
      return receipt;
    },
    ...(callTimeoutMs === undefined ? {} : { callTimeoutMs }),
    ...(limits === undefined ? {} : { limits: () => limits.call(channel) }),
    close: () => {
      summary.close();
      return channel.close();
    },
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
