import { MAILERS } from "../alerts/mails_by.ts";
import { logSettings } from "./log.ts";
import { integer, list, oneOf, onlyWith, text } from "./setting.ts";

/** How a box forwards to a central Kafka. */
export const upstreamSettings = onlyWith({
  upstream: list({
    default: [],
    placeholder: "HOST:PORT,…",
    description:
      "Brokers of a central Kafka: trades, quotes, alerts and deliveries are sent on to topics BOX.…, rules are taken from there.",
  }),
  box: text({
    default: "box",
    placeholder: "NAME",
    description: "What this box is called at the centre: its topics begin with it. Letters, digits, _ and -.",
  }),
  mailer: oneOf(MAILERS, {
    default: "box",
    placeholder: "WHO",
    description:
      "Who sends the messages of this box's alerts: box, or centre (a notifier there that reads the box's topics).",
  }),
  logMaxMb: integer({
    default: 4_096,
    min: 16,
    max: 1_048_576,
    placeholder: "MIB",
    description:
      "Size in MiB from which events.db gives up its oldest trades and quotes, also while the centre is away, never alerts and deliveries; checked every 15 s, what is written meanwhile comes on top.",
  }),
  upstreamReplicas: integer({
    default: 3,
    min: 1,
    max: 16,
    placeholder: "N",
    description: "Replicas of the box's topics, which it makes at the centre where they are missing.",
  }),
  kafkaTls: logSettings.kafkaTls,
  kafkaCaFile: logSettings.kafkaCaFile,
  kafkaSaslMechanism: logSettings.kafkaSaslMechanism,
  kafkaSaslUsername: logSettings.kafkaSaslUsername,
  kafkaSaslPassword: logSettings.kafkaSaslPassword,
}, [
  { setting: "upstream", is: "given", names: ["mailer", "upstreamReplicas"] },
]);
