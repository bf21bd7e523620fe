import { cutText } from "../../alerts/chunks.ts";
import { InputError } from "../../core/errors.ts";
import { type Channel, ChannelError, type OutgoingMessage, type Receipt } from "../../ports/channel.ts";
import { badAddress, httpFailure } from "../../ports/http_outcome.ts";
import { CHANNEL_KINDS } from "../../rules/channels.ts";
import { post } from "../http/post.ts";
import { type GatewayAccount, type GatewayName, GATEWAYS } from "./gateways.ts";

export interface SmsOptions extends GatewayAccount {
  readonly gateway: GatewayName;
}

/**
 * Text messages, or 알림톡 where a template is given, through an HTTP gateway; the recipient is a phone number.
 *
 * Delivery: the gateways know no idempotency key but the generic one, whose `Tickbell-Delivery` is the same on every try.
 * Each message costs money: a long digest is cut, its subject says how many alerts there are.
 */
export class SmsChannel implements Channel {
  readonly channel = "sms";
  readonly transport: string;
  readonly #options: SmsOptions;

  /** @throws {InputError} code `bad_configuration`: the generic gateway needs an address. */
  constructor(options: SmsOptions) {
    if (options.gateway === "generic" && !URL.canParse(options.url ?? "")) {
      const reason = "must be the gateway's address with the generic gateway";
      throw new InputError("bad_configuration", [{ field: "smsUrl", code: "bad_setting", reason }]);
    }
    this.#options = options;
    this.transport = `sms-${options.gateway}`;
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> {
    if (CHANNEL_KINDS.sms.fault(message.to) !== undefined) {
      throw badAddress("sms", "a text message's recipient must be a phone number");
    }
    return { providerId: await this.#post(message, signal) };
  }

  async close(): Promise<void> {}

  async #post(
    { deliveryId: id, to, subject, at, ...message }: OutgoingMessage,
    signal: AbortSignal,
  ): Promise<string> {
    const text = cutText(message.text.trim(), CHANNEL_KINDS.sms.textLimit);
    const gateway = GATEWAYS[this.#options.gateway];
    const { url, headers, body } = gateway.call(this.#options, { id, to, subject, text, at });
    const reply = await post({ service: "sms", url: new URL(url), headers, body, signal });
    if (reply.status < 200 || reply.status >= 300) {
      throw httpFailure({
        service: "sms",
        status: reply.status,
        retryAfter: reply.headers["retry-after"],
        // The account's key, its money, its rate.
        ours: [401, 402, 403],
        throttled: "provider",
        now: at,
      });
    }
    const answer = gateway.answer(reply);
    if ("id" in answer) return answer.id;
    const { reason, end } = answer;
    const code = end === "refused" ? "sms_refused" : "sms_unavailable";
    const concerns = end === "refused" ? "recipient" : "provider";
    throw new ChannelError(code, `the gateway did not take the message: ${reason}`, { end, concerns });
  }
}
