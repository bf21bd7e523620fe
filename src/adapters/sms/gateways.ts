import { createHmac } from "node:crypto";
import { z } from "zod";
import type { HttpReply } from "../http/post.ts";
import { jsonOf } from "../http/post.ts";

/**
 * The gateways of text messages and 알림톡 that are known: how a message is asked for, and what their answers mean. Times
 * are epoch ms.
 *
 * @module
 */

/** What a gateway needs to be called. */
export interface GatewayAccount {
  /** Its address; each preset has its own by default. */
  readonly url?: string;
  readonly key: string;
  readonly secret: string;
  /** The registered number that messages come from. */
  readonly from: string;
  /** 알림톡: the sender's profile and the template that was approved; its variables are `subject` and `text`. */
  readonly profile?: string;
  readonly template?: string;
}

export interface TextMessage {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly at: number;
}

/** What is posted. */
export interface GatewayCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The gateway's id of a message it took; or why it did not, and whether it may later. */
export type GatewayAnswer =
  | { readonly id: string }
  | { readonly reason: string; readonly end: "refused" | "not_taken" };

/** One gateway. */
export interface Gateway {
  /** Where it is by default: of text messages, and of 알림톡. */
  readonly homes: readonly string[];
  call(account: GatewayAccount, message: TextMessage): GatewayCall;
  /** What a 2xx answer means. */
  answer(reply: HttpReply): GatewayAnswer;
}

const JSON_TYPE = { "Content-Type": "application/json; charset=utf-8" };

/** A Korean number as the Korean gateways have it: digits only, 0 in place of +82. */
function domestic(phone: string): string {
  return phone.replace(/^\+82/, "0").replace(/^\+/, "");
}

const solapiSchema = z.object({
  messageId: z.string().optional(),
  groupId: z.string().optional(),
  statusCode: z.string().optional(),
  statusMessage: z.string().optional(),
});

/** Solapi (CoolSMS), https://developers.solapi.com: `messages/v4/send`, signed with HMAC-SHA256 of date and salt. */
const solapi: Gateway = {
  homes: ["https://api.solapi.com"],
  call(
    { url = "https://api.solapi.com", key, secret, from, profile, template },
    { id, to, subject, text, at },
  ) {
    const date = new Date(at).toISOString();
    const salt = createHmac("sha256", secret).update(`${id} ${at}`).digest("hex").slice(0, 32);
    const signature = createHmac("sha256", secret).update(date + salt).digest("hex");
    const kakao = template === undefined ? { subject: subject.slice(0, 40), text } : {
      kakaoOptions: {
        pfId: profile,
        templateId: template,
        variables: { "#{subject}": subject, "#{text}": text },
      },
    };
    return {
      url: `${url}/messages/v4/send`,
      headers: {
        ...JSON_TYPE,
        Authorization: `HMAC-SHA256 apiKey=${key}, date=${date}, salt=${salt}, signature=${signature}`,
      },
      body: JSON.stringify({ message: { to: domestic(to), from: domestic(from), ...kakao } }),
    };
  },
  answer(reply) {
    const { messageId, groupId, statusCode = "", statusMessage = "" } =
      solapiSchema.safeParse(jsonOf(reply)).data ?? {};
    // 2xxx and 3000: registered and on its way; the others say why not.
    if (/^(?:2\d{3}|3000)$/.test(statusCode)) return { id: messageId ?? groupId ?? statusCode };
    return { reason: `${statusCode} ${statusMessage}`.trim(), end: "refused" };
  },
};

const nhnSchema = z.object({
  header: z.object({
    isSuccessful: z.boolean(),
    resultCode: z.number(),
    resultMessage: z.string().optional(),
  }),
  body: z.object({ data: z.object({ requestId: z.string().optional() }).optional() }).optional(),
  message: z.object({ requestId: z.string().optional() }).optional(),
});

function nhnAnswer(reply: HttpReply): GatewayAnswer {
  const { header, body, message } = nhnSchema.safeParse(jsonOf(reply)).data ?? {};
  if (header?.isSuccessful) return { id: body?.data?.requestId ?? message?.requestId ?? "ok" };
  const { resultCode = 0, resultMessage = "no answer that can be read" } = header ?? {};
  // -9999 is the gateway's own trouble.
  return { reason: `${resultCode} ${resultMessage}`, end: resultCode === -9999 ? "not_taken" : "refused" };
}

/** NHN Cloud, https://docs.nhncloud.com: SMS v3.0 as a long message, or 알림톡 v2.3 where a template is given. */
const nhn: Gateway = {
  homes: ["https://api-sms.cloud.toast.com", "https://api-alimtalk.cloud.toast.com"],
  call({ url, key, secret, from, profile, template }, { to, subject, text }) {
    const headers = { ...JSON_TYPE, "X-Secret-Key": secret };
    if (template !== undefined) {
      const recipient = { recipientNo: domestic(to), templateParameter: { subject, text } };
      return {
        url: `${url ?? "https://api-alimtalk.cloud.toast.com"}/alimtalk/v2.3/appkeys/${
          encodeURIComponent(key)
        }/messages`,
        headers,
        body: JSON.stringify({ senderKey: profile, templateCode: template, recipientList: [recipient] }),
      };
    }
    return {
      url: `${url ?? "https://api-sms.cloud.toast.com"}/sms/v3.0/appKeys/${
        encodeURIComponent(key)
      }/sender/mms`,
      headers,
      body: JSON.stringify({
        title: subject.slice(0, 40),
        body: text,
        sendNo: domestic(from),
        recipientList: [{ recipientNo: domestic(to) }],
      }),
    };
  },
  answer: nhnAnswer,
};

/**
 * Any other gateway, by a small service of one's own: `POST` of `{ id, from, to, subject, text }`, signed as our webhooks
 * are, under the account's secret. A 2xx is a success; the answer may have an `id`.
 */
const generic: Gateway = {
  homes: [],
  call({ url = "", key, secret, from, template }, { id, to, subject, text, at }) {
    const body = JSON.stringify({
      id,
      from,
      to,
      subject,
      text,
      ...(template === undefined ? {} : { template }),
    });
    const timestamp = String(Math.floor(at / 1000));
    const signature = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
    return {
      url,
      headers: {
        ...JSON_TYPE,
        "Tickbell-Key": key,
        "Tickbell-Delivery": encodeURIComponent(id),
        "Tickbell-Timestamp": timestamp,
        "Tickbell-Signature": `v1=${signature}`,
      },
      body,
    };
  },
  answer(reply) {
    const { data } = z.object({ id: z.string() }).safeParse(jsonOf(reply));
    return { id: data?.id ?? "ok" };
  },
};

/** The gateways by the name the setting has for them. */
export const GATEWAYS = { solapi, nhn, generic } as const satisfies Readonly<Record<string, Gateway>>;
export type GatewayName = keyof typeof GATEWAYS;
