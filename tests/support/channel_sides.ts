import { newVapidKeys } from "../../src/adapters/push/encryption.ts";
import { CHANNELS } from "../../src/rules/channels.ts";
import { addressIn, DIGITS, goodAnswer, recipientAt, type Side, subscriptionKeys } from "./failing_sides.ts";
import { HttpPeer, type PeerRequest } from "./http_peer.ts";
import { SmtpScriptServer } from "./smtp_script.ts";

/** What came to a side: its name, a blank, and the eight digits of the recipient. */
type Arrival = string;

/**
 * The other sides of every channel of a notifier's process, on loopback. They take what comes, and either answer as the
 * services' documents say or, while they are silent, once they are silent no more.
 */
export class ChannelSides implements AsyncDisposable {
  /** Mail goes to SMTP or to SES. */
  readonly sides: readonly Side[];
  /** The settings of a process that reaches them. */
  readonly env: Readonly<Record<string, string>>;
  readonly #http: Map<Side, HttpPeer>;
  readonly #smtp: SmtpScriptServer | undefined;
  readonly #arrivals: Arrival[];
  #silence: PromiseWithResolvers<void> | undefined;
  readonly #keys = subscriptionKeys();

  private constructor(vapid: string, mail: "mail" | "ses", smtp: SmtpScriptServer | undefined) {
    this.sides = CHANNELS.map((channel) => channel === "mail" ? mail : channel);
    this.#smtp = smtp;
    this.#arrivals = [];
    const http = this.sides.filter((side) => side !== "mail");
    this.#http = new Map(http.map((side) => [side, new HttpPeer((request) => this.#answer(side, request))]));
    if (smtp !== undefined) {
      smtp.script.dot = () => ({ say: "250 queued", ...(this.#silence && { after: this.#silence.promise }) });
    }
    this.env = this.#settings(vapid);
  }

  static async open(mail: "mail" | "ses"): Promise<ChannelSides> {
    const { publicKey, privateKey } = await newVapidKeys();
    const smtp = mail === "mail" ? await SmtpScriptServer.open({}) : undefined;
    return new ChannelSides(`${publicKey},${privateKey}`, mail, smtp);
  }

  set silent(silent: boolean) {
    this.#silence?.resolve();
    this.#silence = silent ? Promise.withResolvers() : undefined;
  }

  /** Everything that came whole, also what was not answered, as often as it came. */
  get arrivals(): readonly Arrival[] {
    const mails = (this.#smtp?.taken ?? []).map((mail) =>
      `mail ${digitsIn(/^To:.*$/m.exec(mail)?.[0] ?? "")}`
    );
    return [...this.#arrivals, ...mails];
  }

  /** A recipient of a side, and what will have come when it got something. @param number Up to 999,999. */
  recipient(side: Side, number: number): { readonly recipient: string; readonly arrival: Arrival } {
    const digits = `10${String(number).padStart(6, "0")}`;
    const recipient = recipientAt(side, digits, this.#http.get(side)?.url ?? "");
    return { recipient: side === "push" ? recipient + this.#keys : recipient, arrival: `${side} ${digits}` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.silent = false;
    for (const peer of this.#http.values()) await peer.close();
    await this.#smtp?.close();
  }

  async #answer(side: Side, request: PeerRequest): Promise<Response> {
    const digits = digitsIn(addressIn(side, request));
    // SES is asked for its quota, too.
    if (digits !== "") {
      this.#arrivals.push(`${side} ${digits}`);
      await this.#silence?.promise;
    }
    return new Response(goodAnswer(side, request));
  }

  #settings(vapid: string): Record<string, string> {
    const url = (side: Side) => this.#http.get(side)?.url ?? "";
    const mail: Record<string, string> = this.#smtp === undefined
      ? {
        TICKBELL_MAIL: "ses",
        TICKBELL_SES_ENDPOINT: url("ses"),
        AWS_ACCESS_KEY_ID: "AKIATEST",
        AWS_SECRET_ACCESS_KEY: "x",
      }
      : { TICKBELL_MAIL: "smtp", TICKBELL_SMTP_URL: this.#smtp.url };
    return {
      ...mail,
      TICKBELL_MAIL_FROM: "alerts@example.com",
      TICKBELL_WEBHOOK_SECRET: "0123456789abcdef",
      TICKBELL_WEBHOOK_LOCAL: "true",
      TICKBELL_SLACK_API: url("slack"),
      TICKBELL_TELEGRAM_TOKEN: "1:x",
      TICKBELL_TELEGRAM_API: url("telegram"),
      TICKBELL_DISCORD_API: url("discord"),
      TICKBELL_NTFY_URL: url("ntfy"),
      TICKBELL_SMS_GATEWAY: "generic",
      TICKBELL_SMS_URL: url("sms"),
      TICKBELL_SMS_KEY: "k",
      TICKBELL_SMS_SECRET: "s",
      TICKBELL_SMS_FROM: "0212345678",
      TICKBELL_PUSH_KEYS: vapid,
    };
  }
}

function digitsIn(text: string): string {
  return DIGITS.exec(text)?.[0] ?? "";
}
