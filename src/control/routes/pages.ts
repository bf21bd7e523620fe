import { z } from "@hono/zod-openapi";
import type { Alert } from "../../alerts/alert.ts";
import { addressPage, deadPage } from "../../alerts/pages/address_page.ts";
import { pushPage } from "../../alerts/pages/push_page.ts";
import { alertPage, askPage, donePage } from "../../alerts/pages/alert_page.ts";
import type { ChartPoint } from "../../alerts/pages/chart.ts";
import { PAGE_WORDS, type PageAct } from "../../alerts/pages/page_words.ts";
import { type LinkClaims, type LinkPurpose, readLink } from "../../alerts/signed_links.ts";
import { markedRecipient } from "../../alerts/unsubscribe.ts";
import { OutsideError } from "../../core/errors.ts";
import { channelOf } from "../../rules/channels.ts";
import type { Locale } from "../../rules/rule.ts";
import { localeOf, pageAnswer, pageAnswers, TokenQuery } from "../http/page.ts";
import { readText } from "../http/read_body.ts";
import { actorOf } from "../http/request_parts.ts";
import type { ControlContext } from "../http/route.ts";
import { sayConsent } from "../people/say_consent.ts";
import { isPassing, PageDesk, type PageVisit } from "../people/page_desk.ts";
import { type Route, route } from "./route_table.ts";
import type { Services } from "./services.ts";

const AlertQuery = TokenQuery.extend({
  do: z.string().optional().openapi({ description: "What is to be asked about" }),
});
const MAX_FORM_BYTES = 4_096;
/** The chart's minutes before and after the alert. */
const CHART_MS = { before: 3_600_000, after: 1_800_000 };

const shared = {
  tag: "callbacks",
  access: "public",
  isServed: ({ deps }: Services) => deps.linkSecret !== undefined,
  limited: true,
  answers: pageAnswers(200, 403, 410),
} as const;

const showAlertPage = route({
  ...shared,
  method: "get",
  path: "/v1/pages/alert",
  operationId: "showAlertPage",
  summary: "The page of an alert behind a message's link: it shows and asks, and changes nothing",
  query: AlertQuery,
}, async ({ c, query }, services) => {
  const visit = await visitOf(c, query.token, services);
  if (visit instanceof Response) return visit;
  const desk = new PageDesk(services);
  const rule = desk.ruleOf(visit);
  const acts = desk.actsOf(visit, rule);
  const act = acts.find((one) => one === query.do);
  const { alert, recipient } = visit;
  const { token } = query;
  const { pushKey } = services.deps;
  if (act === "push" && pushKey !== undefined) {
    const lines = rule === undefined ? [] : [rule.words];
    return pageAnswer(c, pushPage(alert.locale, { token, lines, key: pushKey }));
  }
  if (act !== undefined) return pageAnswer(c, askPage({ alert, token, rule }, act));
  const delivery = services.deliveries.of(alert.id).find((one) => one.recipient === recipient);
  const points = await pointsOf(alert, services);
  return pageAnswer(
    c,
    alertPage({ alert, token, points, delivery, rule, acts, stopped: desk.isStopped(visit) }),
  );
});

const actOnAlertPage = route({
  ...shared,
  method: "post",
  path: "/v1/pages/alert",
  operationId: "actOnAlertPage",
  summary: "Pause, snooze or change the rule of an alert, or stop an address",
  query: TokenQuery,
  answers: pageAnswers(200, 400, 403, 409, 410),
  failures: [413],
}, async ({ c, query: { token } }, services) => {
  const visit = await visitOf(c, token, services);
  if (visit instanceof Response) return visit;
  const { alert } = visit;
  const desk = new PageDesk(services);
  const rule = desk.ruleOf(visit);
  const form = await formOf(c);
  const act = desk.actsOf(visit, rule).find((one) => one === form.get("act"));
  const words = PAGE_WORDS[alert.locale];
  if (act === undefined) return pageAnswer(c, donePage({ alert, token }, words.cannot), 409);
  const actor = actorOf(c, { tenant: alert.tenant, subject: `link:${channelOf(visit.recipient)}` });
  const outcome = await orLater(
    c,
    alert.locale,
    () => desk.act(visit, { act: act as PageAct, value: form.get("value") ?? "", actor }),
  );
  if (outcome instanceof Response) return outcome;
  if (outcome === "bad value" && act === "value") {
    return pageAnswer(c, askPage({ alert, token, rule }, act, words.badValue), 400);
  }
  return outcome === "done"
    ? pageAnswer(c, donePage({ alert, token }, words.acts[act].done))
    : pageAnswer(c, donePage({ alert, token }, words.cannot), 409);
});

/** The pages of an address: behind its confirmation mail, and behind a digest. */
const ADDRESS_PAGES: readonly Route[] = (["confirm", "address"] as const).flatMap((purpose) => {
  const path = `/v1/pages/${purpose}`;
  const name = purpose === "confirm" ? "Confirm" : "Address";
  return [
    route({
      ...shared,
      method: "get",
      path,
      operationId: `show${name}Page`,
      summary: purpose === "confirm"
        ? "The page behind a confirmation mail: it asks, and changes nothing"
        : "The page of an address: it asks, and changes nothing",
      query: TokenQuery,
    }, async ({ c, query: { token } }, services) => {
      const found = await addressOf(c, { token, purpose }, services);
      return found instanceof Response ? found : showAddress(c, { ...found, token, purpose }, services);
    }),
    route({
      ...shared,
      method: "post",
      path,
      operationId: `actOn${name}Page`,
      summary: "Agree to get a tenant's messages, or stop them; also as RFC 8058's one click does",
      query: TokenQuery,
      answers: pageAnswers(200, 403, 410),
      failures: [413],
    }, async ({ c, query: { token } }, services) => {
      const found = await addressOf(c, { token, purpose }, services);
      if (found instanceof Response) return found;
      const form = await formOf(c);
      const act = form.get("List-Unsubscribe") === "One-Click" ? "stop" : form.get("act");
      const { tenant, recipient } = found;
      const actor = actorOf(c, { tenant, subject: `link:${channelOf(recipient)}` });
      const outcome = await orLater(c, localeOf(c), async () => {
        if (act === "agree" || act === "stop") await sayConsent(services, { who: found, word: act, actor });
      });
      return outcome instanceof Response ? outcome : showAddress(c, { ...found, token, purpose }, services);
    }),
  ];
});

/** The pages behind signed links: no key, no script, and nothing is done by opening one. */
export const PAGE_ROUTES: readonly Route[] = [showAlertPage, actOnAlertPage, ...ADDRESS_PAGES];

/** Who opened an alert's page; or the page that says why there is nothing to show. */
async function visitOf(c: ControlContext, token: string, services: Services): Promise<PageVisit | Response> {
  const link = await linkOf(c, { token, purpose: "alert" }, services);
  if (link instanceof Response) return link;
  await services.recipients.ready;
  const alert = services.alerts.get(link.subject);
  if (alert === undefined || alert.tenant !== link.tenant) {
    return pageAnswer(c, deadPage(localeOf(c), "gone"), 410);
  }
  const recipient = await markedRecipient(link.recipient, alert.recipients);
  return { alert, recipient, rule: services.store.get(alert.tenant, alert.ruleId) };
}

async function addressOf(
  c: ControlContext,
  given: { readonly token: string; readonly purpose: LinkPurpose },
  services: Services,
): Promise<{ tenant: string; recipient: string } | Response> {
  const link = await linkOf(c, given, services);
  if (link instanceof Response) return link;
  await services.recipients.ready;
  const { tenant } = link;
  return { tenant, recipient: await recipientOf(link, services) };
}

/** The recipient that a link means: of a mark the one among the tenant's rules whose mark it is. */
async function recipientOf({ tenant, recipient: mark }: LinkClaims, { store }: Services): Promise<string> {
  if (!mark.includes("#")) return mark;
  const channel = mark.slice(0, mark.indexOf("#"));
  const candidates = new Set<string>();
  for (const { recipients } of store.rules(tenant)) {
    for (const recipient of recipients) if (channelOf(recipient) === channel) candidates.add(recipient);
  }
  return await markedRecipient(mark, [...candidates]);
}

async function linkOf(
  c: ControlContext,
  { token, purpose }: { readonly token: string; readonly purpose: LinkPurpose },
  { deps: { linkSecret = "", clock } }: Services,
): Promise<LinkClaims | Response> {
  const link = await readLink(token, { purpose, secret: linkSecret, now: clock.now() });
  if (typeof link !== "string") return link;
  return pageAnswer(c, deadPage(localeOf(c), link), link === "bad" ? 403 : 410);
}

function showAddress(
  c: ControlContext,
  { token, purpose, tenant, recipient }: {
    readonly token: string;
    readonly purpose: LinkPurpose;
    readonly tenant: string;
    readonly recipient: string;
  },
  { recipients }: Services,
): Response {
  const state = recipients.consent(recipient, tenant)?.state;
  const asking = purpose === "confirm";
  return pageAnswer(c, addressPage({ locale: localeOf(c), token, recipient, state, asking }));
}

/** Minutes around an alert; none while the store is away: the rest of the page is worth having. */
async function pointsOf(
  { symbol, eventTime }: Alert,
  { deps: { series } }: Services,
): Promise<readonly ChartPoint[]> {
  const [from, to] = [eventTime - CHART_MS.before, eventTime + CHART_MS.after];
  try {
    const candles = await series.candles({ symbol, from, to, interval: "1m", limit: 120 });
    return candles.map(({ start, close }) => ({ at: start, price: close }));
  } catch (thrown) {
    if (!(thrown instanceof OutsideError)) throw thrown;
    return [];
  }
}

/** What the work comes to; a page that asks to try again where the log is away or another change came first. */
async function orLater<T>(c: ControlContext, locale: Locale, work: () => Promise<T>): Promise<T | Response> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof OutsideError) && !isPassing(thrown)) throw thrown;
    return pageAnswer(c, deadPage(locale, "later"), 503);
  }
}

async function formOf(c: ControlContext): Promise<URLSearchParams> {
  return new URLSearchParams(await readText(c, MAX_FORM_BYTES));
}
