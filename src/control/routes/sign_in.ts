import { normalRecipient } from "../../alerts/recipient_settings.ts";
import { newNotice } from "../../alerts/notice.ts";
import { type LinkFault, readLink } from "../../alerts/signed_links.ts";
import { isListed } from "../../alerts/consent.ts";
import { confirm, noticeRecord } from "../../books/consents.ts";
import { requireSameOrigin } from "../auth/authenticate.ts";
import type { Identity } from "../auth/principal.ts";
import { localeOf, pageAnswer, pageAnswers, TokenQuery } from "../http/page.ts";
import { type Route, route } from "./route_table.ts";
import { parseBody } from "../http/parse_body.ts";
import { HttpProblem } from "../http/problem.ts";
import { actorOf } from "../http/request_parts.ts";
import type { ControlContext } from "../http/route.ts";
import { type Account, personOf } from "../people/account_store.ts";
import { hasSelfService, selfServiceOf } from "../people/self_service.ts";
import { deadLinkPage, signInPage } from "../people/sign_in_page.ts";
import type { Ticket } from "../people/tickets.ts";
import { SignInInput } from "../schemas/person.ts";
import type { Services } from "./services.ts";
import { openSession } from "./system.ts";

const askSignIn = route({
  method: "post",
  path: "/v1/sign-in",
  operationId: "askSignIn",
  summary: "Have a link mailed that signs in, once, within 15 minutes",
  description:
    "The answer is the same whether there is such an account or not; an address is written to at most " +
    "three times in that time.",
  tag: "self-service",
  access: "public",
  isServed: hasSelfService,
  limited: true,
  body: { schema: SignInInput },
  answers: { 202: { description: "If the address may sign in, a mail is on its way" } },
  failures: [403, 429, 503],
}, async ({ c }, services) => {
  const { tickets } = services;
  const { tenant, domains } = selfServiceOf(services);
  requireSameOrigin(c, "Signing in must come from our own page");
  const { address, locale = "ko" } = await parseBody(c, SignInInput);
  if (domains.length > 0 && !isListed(address, domains)) {
    throw new HttpProblem(403, "domain_refused", "Addresses of this domain do not sign in here");
  }
  const recipient = normalRecipient(address);
  await tickets.issue(
    { kind: "sign-in", tenant, address: recipient, locale },
    (name, { issuedAt: at, expiresAt }) => [
      noticeRecord(newNotice({ kind: "sign-in", locale, ticket: name, until: expiresAt }, {
        tenant,
        recipient,
        name,
        at,
      })),
    ],
  );
  return c.body(null, 202);
});

const askToSignIn = route({
  method: "get",
  path: "/v1/pages/sign-in",
  operationId: "askToSignIn",
  summary: "The page behind a sign-in link: it asks, and changes nothing",
  tag: "self-service",
  access: "public",
  isServed: hasSelfService,
  limited: true,
  query: TokenQuery,
  answers: pageAnswers(200, 403, 410),
}, async ({ c, query }, services) => {
  const found = await linkOf(query.token, services);
  if (typeof found === "string") return dead(c, found);
  if (found.ticket === undefined) return dead(c, "old");
  return html(c, signInPage({ token: query.token, ...found.ticket }), 200);
});

const signIn = route({
  method: "post",
  path: "/v1/pages/sign-in",
  operationId: "signIn",
  summary: "Sign in by a link: a session in a cookie, and on to the console",
  tag: "self-service",
  access: "public",
  isServed: hasSelfService,
  limited: true,
  query: TokenQuery,
  answers: { 303: { description: "Signed in" }, ...pageAnswers(403, 410) },
  failures: [403],
}, async ({ c, query }, services) => {
  const { deps: { clock }, tickets, recipients, sessions } = services;
  const { tenant } = selfServiceOf(services);
  requireSameOrigin(c, "Signing in must come from our own page");
  const found = await linkOf(query.token, services);
  if (typeof found === "string") return dead(c, found);
  const ticket = await tickets.use(found.link.subject, "sign-in");
  if (ticket === undefined) return dead(c, "old");
  const account = await accountOf(c, ticket, services);
  // Who reads the mail has proved that the address is his.
  await recipients.ready;
  await confirm(recipients, [{ tenant, recipient: account.address }], { by: "link", at: clock.now() });
  await openSession(c, sessions, identityOf(account));
  return c.redirect("/", 303);
});

/** Signing in by a link that is mailed to one's own address. */
export const SIGN_IN_ROUTES: readonly Route[] = [
  askSignIn,
  askToSignIn,
  signIn,
];

/** What a link means, and its ticket while that is of use; or what is wrong with it. */
async function linkOf(token: string, services: Services) {
  const { deps: { clock }, tickets } = services;
  const { secret } = selfServiceOf(services);
  const link = await readLink(token, { purpose: "sign-in", secret, now: clock.now() });
  return typeof link === "string" ? link : { link, ticket: tickets.look(link.subject, "sign-in") };
}

/** The account of an address, made when it signs in for the first time. */
async function accountOf(
  c: ControlContext,
  { address, locale }: Ticket,
  services: Services,
): Promise<Account> {
  const { accounts, topics } = services;
  const { tenant } = selfServiceOf(services);
  const known = accounts.get(tenant, address);
  const actor = actorOf(c, { tenant, subject: `self:${address}` });
  if (known !== undefined) {
    const entry = { action: "person.signed_in", target: known.id, before: null, after: null };
    await topics.append([], [{ ...entry, actor }]);
    return known;
  }
  const account = accounts.make({ tenant, address, locale });
  const entry = { action: "person.joined", target: account.id, before: null, after: { address } };
  await accounts.write(account, [{ ...entry, actor }]);
  return accounts.get(tenant, address) ?? account;
}

/** Who has signed in, as sessions have it. */
function identityOf(account: Account): Identity {
  return {
    tenant: account.tenant,
    scopes: [],
    subject: `self:${account.address}`,
    person: personOf(account),
    operator: false,
    expiresAt: null,
    isLive: () => true,
  };
}

function html(c: ControlContext, page: string, status: 200 | 403 | 410): Response {
  // With none a browser says that the button's request comes from nowhere; the token goes to no other site.
  c.header("Referrer-Policy", "same-origin");
  return pageAnswer(c, page, status);
}

function dead(c: ControlContext, fault: LinkFault): Response {
  return html(c, deadLinkPage(localeOf(c), fault), fault === "bad" ? 403 : 410);
}
