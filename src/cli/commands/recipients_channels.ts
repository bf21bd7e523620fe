import { endpointSecret } from "../../adapters/webhook/signature.ts";
import { newVapidKeys } from "../../adapters/push/encryption.ts";
import { deliveryKey } from "../../alerts/ledger.ts";
import { alertMessage } from "../../alerts/message.ts";
import { sampleAlert } from "../../alerts/preview.ts";
import { oneLine } from "../../alerts/safe_text.ts";
import { commonSettings } from "../../config/common.ts";
import { deliverySettings } from "../../config/delivery.ts";
import { oneOf } from "../../config/setting.ts";
import { systemClock } from "../../core/clock.ts";
import { InputError } from "../../core/errors.ts";
import { callChannel } from "../../roles/delivery/call.ts";
import { addressOf, channelOf, maskedRecipient, recipientFault } from "../../rules/channels.ts";
import { LOCALES } from "../../rules/rule.ts";
import { command } from "../command.ts";
import { openChannels } from "../open_channels.ts";
import { openMail } from "../open_mail.ts";

const testSettings = {
  ...deliverySettings,
  dataDir: commonSettings.dataDir,
  locale: oneOf(LOCALES, { default: "ko", placeholder: "LOCALE", description: "ko or en." }),
};

/** `tickbell recipients test RECIPIENT`: one example message, by the channel as it is configured. */
export const recipientsTestCommand = command({
  name: "recipients test",
  summary: "Send one example message to a recipient, and say how it went",
  args: ["<recipient>"],
  settings: testSettings,
  examples: [
    "tickbell recipients test kim@example.com --mail smtp --smtp-url smtp://localhost:25",
    "tickbell recipients test telegram:12345",
  ],
  async run({ config, args: [recipient = ""], out, err }) {
    const reason = recipientFault(recipient);
    if (reason !== undefined) {
      throw new InputError("bad_recipient", [{ field: "recipient", code: "bad_recipient", reason }]);
    }
    const channels = await openChannels(config, openMail);
    try {
      const name = channelOf(recipient);
      const channel = channels.find((one) => one.channel === name);
      if (channel === undefined) {
        err(`no ${name} channel is configured; docs/delivery.md says what it needs`);
        return 1;
      }
      const at = systemClock.now();
      const alert = { ...sampleAlert("target_price", config.locale), recipients: [recipient] };
      const message = alertMessage(alert);
      const subject = oneLine(`${config.locale === "ko" ? "[시험]" : "[test]"} ${message.subject}`);
      const deliveryId = deliveryKey(`test@${at}`, recipient);
      const outgoing = { ...message, subject, deliveryId, to: addressOf(recipient), alerts: [alert], at };
      const limitMs = channel.callTimeoutMs ?? config.deliveryTimeoutMs;
      const outcome = await callChannel(channel, outgoing, { clock: systemClock, limitMs });
      if ("taken" in outcome) {
        out(
          `${channel.transport} took the message for ${maskedRecipient(recipient)}: ${
            oneLine(outcome.taken)
          }`,
        );
        return 0;
      }
      const { end, code, message: said } = outcome.error;
      const words = {
        not_taken: "was not taken",
        refused: "was refused",
        unknown: "may or may not have been taken",
      };
      err(`the message ${words[end]} (${code}): ${said}`);
      return 1;
    } finally {
      await Promise.all(channels.map((channel) => channel.close()));
    }
  },
});

/** `tickbell recipients secret webhook:URL`: what its receiver verifies calls with. */
export const recipientsSecretCommand = command({
  name: "recipients secret",
  summary: "The secret by which a webhook's receiver verifies calls (Standard Webhooks)",
  args: ["<recipient>"],
  settings: { webhookSecret: deliverySettings.webhookSecret },
  examples: ["tickbell recipients secret webhook:https://example.com/hook"],
  run({ config: { webhookSecret }, args: [recipient = ""], out }) {
    const faults = [
      ...(channelOf(recipient) === "webhook" ? [] : [["recipient", "must be webhook:https://…"] as const]),
      ...(webhookSecret === undefined ? [["webhookSecret", "must be given"] as const] : []),
    ];
    if (webhookSecret === undefined || faults.length > 0) {
      throw new InputError(
        "bad_input",
        faults.map(([field, reason]) => ({ field, code: "bad_input", reason })),
      );
    }
    for (const secret of webhookSecret.split(",")) out(endpointSecret(secret.trim(), addressOf(recipient)));
    return Promise.resolve(0);
  },
});

/** `tickbell recipients push-keys`: a pair of VAPID keys. */
export const recipientsPushKeysCommand = command({
  name: "recipients push-keys",
  summary: "Make the keys of web push: the public one, a comma, the private one",
  settings: {},
  examples: ["tickbell recipients push-keys > push-keys && TICKBELL_PUSH_KEYS_FILE=push-keys tickbell start"],
  async run({ out }) {
    const { publicKey, privateKey } = await newVapidKeys();
    out(`${publicKey},${privateKey}`);
    return 0;
  },
});
