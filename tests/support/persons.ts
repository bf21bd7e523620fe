import { decodeDelivery } from "../../src/alerts/ledger.ts";
import { isNoticeId } from "../../src/alerts/notice.ts";
import { signLink } from "../../src/alerts/signed_links.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import type { Json, TestControl } from "./control.ts";

/** What signs links in these tests. */
export const LINK_SECRET = "the-link-secret-of-tests";
/** The host that a browser asks. */
export const HOST = "127.0.0.1:8000";

/** A control with self-service. */
export const SELF = {
  selfService: { tenant: "default", domains: [], maxRules: 3 },
  linkSecret: LINK_SECRET,
};

/** How somebody who has signed in asks. */
export type Asks = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ readonly status: number; readonly body: Json; readonly text: string }>;

/** The sign-in mails that stand in the log, the newest last. */
export async function mailed(log: EventLog): Promise<{ ticket: string; recipient: string; until: number }[]> {
  const found = [];
  const partition = await log.partitionOf("deliveries", "recipients");
  const { start, end } = await log.bounds("deliveries", partition);
  for await (const { records } of log.read({ topic: "deliveries", partition, from: start, to: end })) {
    for (const { key, value } of records) {
      if (!isNoticeId(key) || value === null) continue;
      const { recipient, notice } = decodeDelivery(value);
      found.push({ recipient, ticket: notice?.ticket ?? "", until: notice?.until ?? 0 });
    }
  }
  return found;
}

/**
 * Asks for a link.
 *
 * @returns the status.
 */
export async function askForLink({ control }: TestControl, address: string): Promise<number> {
  const answer = await control.app.request("/v1/sign-in", {
    method: "POST",
    headers: { host: HOST, "content-type": "application/json" },
    body: JSON.stringify({ address }),
  });
  await answer.body?.cancel();
  return answer.status;
}

/** The address of the link that was mailed last, as the notifier signs it. */
export async function linkOf({ log }: TestControl): Promise<string> {
  const { ticket: subject, recipient, until: expiresAt } = (await mailed(log)).at(-1)!;
  const claims = { purpose: "sign-in", tenant: "default", recipient, subject, expiresAt } as const;
  return `/v1/pages/sign-in?token=${await signLink(claims, LINK_SECRET)}`;
}

/** Opens a page behind a link, or presses its button. */
export async function open({ control }: TestControl, path: string, method: "GET" | "POST") {
  const answer = await control.app.request(path, { method, headers: { host: HOST } });
  return {
    status: answer.status,
    text: await answer.text(),
    cookie: (answer.headers.get("set-cookie") ?? "").split(";")[0]!,
  };
}

/**
 * Signs an address in.
 *
 * @returns how it asks from then on.
 */
export async function signIn(test: TestControl, address: string): Promise<Asks> {
  if (await askForLink(test, address) !== 202) throw new Error(`${address} may not sign in`);
  const { status, cookie } = await open(test, await linkOf(test), "POST");
  if (status !== 303) throw new Error(`${address} is not signed in: ${status}`);
  return async (method, path, body) => {
    const answer = await test.control.app.request(path, {
      method,
      headers: { host: HOST, cookie, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.headers.get("content-type")?.includes("text/event-stream")) {
      await answer.body?.cancel();
      return { status: answer.status, body: undefined, text: "" };
    }
    const text = await answer.text();
    return { status: answer.status, text, body: text.startsWith("{") ? JSON.parse(text) : undefined };
  };
}
