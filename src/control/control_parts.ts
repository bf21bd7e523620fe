import { Exclusive } from "../core/exclusive.ts";
import { AlertIndex } from "./alerts/alert_index.ts";
import { DeliveryIndex } from "./alerts/delivery_index.ts";
import { BacktestJobs } from "./backtests/jobs.ts";
import { hashSecret, secretMatches } from "./auth/secret.ts";
import { OidcVerifier } from "./auth/oidc.ts";
import { Liveness } from "./auth/liveness.ts";
import { type Identity, SCOPES } from "./auth/principal.ts";
import { SessionStore } from "./auth/session_store.ts";
import { SignInCodes } from "./auth/sign_in_codes.ts";
import { AddressLimits } from "./http/address_limits.ts";
import { AccountStore, personOf } from "./people/account_store.ts";
import { PersonPolicy } from "./people/person_policy.ts";
import { overSnoozes } from "./people/snooze.ts";
import { Tickets } from "./people/tickets.ts";
import { RateLimiter } from "./auth/rate_limit.ts";
import type { NewRecord } from "../ports/event_log.ts";
import type { SeriesStore } from "../ports/series_store.ts";
import type { ControlDeps } from "./deps.ts";
import type { Services } from "./routes/services.ts";
import { OpenStreams } from "./http/event_stream.ts";
import { Turns } from "./turns.ts";
import { AuditChain } from "./audit/audit_chain.ts";
import { AuditLog, INDEXED_ENTRIES } from "./audit/audit_log.ts";
import { People } from "./audit/people.ts";
import { CheckedDays } from "../books/checked_days.ts";
import { OpenChannels } from "../books/open_channels.ts";
import { RecipientBook } from "../books/recipients.ts";
import { SpentRules } from "../books/spent_rules.ts";
import { Silences } from "../books/silences.ts";
import { Templates } from "../books/templates.ts";
import { Webhooks } from "../books/webhooks.ts";
import { MarketHub } from "./market_hub.ts";
import { RecipientDesk } from "./rules/recipient_desk.ts";
import { RuleService } from "./rules/rule_service.ts";
import { LagWatch } from "./lag_watch.ts";
import { Canary } from "./canary.ts";
import { canaryMetrics } from "../telemetry/canary_metrics.ts";
import { ReportMail } from "./report_mail.ts";
import { ReportDesk } from "./report_desk.ts";
import { FeedStore } from "./store/feed_store.ts";
import { Idempotency } from "./store/idempotency.ts";
import { KeyStore } from "./store/key_store.ts";
import { RulesInForce } from "./store/rules_in_force.ts";
import { RuleStore } from "./store/rule_store.ts";
import { Topics } from "./store/topics.ts";
import { BotRole } from "./telegram/bot_role.ts";
import { DEFAULT_TENANT } from "../rules/tenancy.ts";
import { controlMetrics } from "../telemetry/control_metrics.ts";

/** Event streams a tenant may have open at once. */
const STREAMS_A_TENANT = 200;
const ROOT: Identity = {
  tenant: DEFAULT_TENANT,
  scopes: SCOPES,
  subject: "root",
  operator: true,
  expiresAt: null,
  isLive: () => true,
};
/** Keys that are none which an address may try in a second, and public requests that cost something. */
const GUESSES_A_SECOND = 10;
const PUBLIC_A_SECOND = 20;
/** Requests a second of one who serves himself; the console asks some at once. */
const PERSON_A_SECOND = 20;
/** Test messages of one who serves himself: five at once, then one in two minutes. */
const CHANNEL_TESTS = { perSecond: 1 / 120, burst: 5 };

/** What the control role is made of. */
export interface ControlParts {
  /** What the routes are served from. */
  readonly services: Services;
  /** Absent without a Telegram bot, or without self-service. */
  readonly bot: BotRole | undefined;
  /** Absent where nobody is to be sent the day's report. */
  readonly reportMail: ReportMail | undefined;
  /** Absent where none is wanted. */
  readonly canary: Canary | undefined;
  /** Records that need not be remembered any more: tombstones, and what is to be written now and then. */
  readonly surplus: () => readonly NewRecord[];
}

/**
 * Makes the control role's stores over the log, and what serves from them.
 *
 * @param stopping aborted when the role stops.
 */
export function makeParts(deps: ControlDeps, stopping: AbortSignal): ControlParts {
  const { log, clock, directory, inForce } = deps;
  const limit = deps.alertsKept ?? 50_000;
  const people = new People();
  const newest = { audit: INDEXED_ENTRIES, alerts: limit, deliveries: 4 * limit };
  const topics = new Topics({ log, clock, newest, chain: new AuditChain({ people, clock }) });
  topics.read("control", people);
  const store = new RuleStore({ topics, clock });
  const alerts = new AlertIndex({ topics, limit });
  const recipients = new RecipientBook(log, { append: (records) => topics.write(records) });
  const { channels, ...books } = booksOver(topics);
  const { silences, webhooks, checkedDays } = books;
  const feed = new FeedStore(topics, clock);
  const elsewhere = new RulesInForce({ topics, clock });
  const accounts = new AccountStore({ topics, clock });
  const tickets = new Tickets({ topics, clock });
  const maxOwnRules = deps.selfService?.maxRules ?? 0;
  const persons = new PersonPolicy({ accounts, store, maxRules: maxOwnRules });
  const { consent, idleChannels, addressFaults: faults, asksPerDay = 200 } = deps;
  const desk = new RecipientDesk({
    book: recipients,
    clock,
    consent,
    idleChannels: () => idleChannels ?? channels.idle,
    faults,
    asksPerDay,
  });
  const rules = new RuleService({
    store,
    marketTime: async () => feed.report?.source === "replay" ? await lastEventTime(deps.series) : clock.now(),
    directory,
    webhooks,
    persons,
    recipients: desk,
    clock,
    maxRules: deps.maxRules ?? 1_000_000,
    inForce: inForce ?? ((changed) => elsewhere.until(changed)),
  });
  const idempotency = new Idempotency({ topics, clock });
  const access = accessOf(deps, { topics, accounts });
  const liveness = new Liveness();
  topics.read("control", { decode: () => true, apply: () => liveness.check() });
  const surplus = () => [
    ...idempotency.surplus(),
    ...access.sessions.surplus(),
    ...tickets.surplus(),
    ...access.keys.uses(),
    ...overSnoozes(silences, clock.now()),
    ...store.surplus(),
    ...checkedDays.surplus(clock.now()),
  ];
  const { telegramBot, selfService } = deps;
  const bot = telegramBot && selfService && new BotRole(
    { deps, topics, store, rules, accounts, tickets, silences },
    telegramBot,
  );
  const services: Services = {
    deps,
    backtests: deps.backtests &&
      new BacktestJobs({ runner: deps.backtests, shelf: deps.backtestShelf, clock, stopping }),
    topics,
    store,
    rules,
    audit: new AuditLog({ topics, people }),
    people,
    alerts,
    deliveries: new DeliveryIndex({ topics, limit }),
    ...books,
    recipients,
    desk,
    feed,
    lag: new LagWatch({ log, clock }),
    reports: new ReportDesk({ deps, checkedDays, feed, rules: () => store.all() }),
    market: new MarketHub({ log, clock }),
    metrics: controlMetrics(deps.registry, () => ({ rules: store.total, alerts: alerts.size })),
    idempotency,
    ...limitsOf(deps),
    accounts,
    tickets,
    persons,
    ...access,
    codes: new SignInCodes(clock),
    root: ROOT,
    liveness,
    turns: new Turns(),
    changes: new Exclusive(),
    stopping,
  };
  const reportMail = deps.report && new ReportMail(deps.report, services);
  const canary = deps.canary && new Canary(deps.canary, services, canaryMetrics(deps.registry));
  return { services, bot, reportMail, canary, surplus };
}

/** The books over what control follows. */
function booksOver(topics: Topics) {
  const books = {
    silences: new Silences(),
    webhooks: new Webhooks(),
    templates: new Templates(),
    spent: new SpentRules(),
    checkedDays: new CheckedDays(),
    channels: new OpenChannels(),
  };
  for (const book of [books.silences, books.webhooks, books.templates]) topics.read("control", book);
  topics.read("spent", books.spent);
  for (const book of [books.checkedDays, books.channels]) topics.read("status", book);
  return books;
}

/** Who may ask: keys, sessions, and what a credential is worth. */
function accessOf(
  deps: ControlDeps,
  { topics, accounts }: { readonly topics: Topics; readonly accounts: AccountStore },
): Pick<Services, "keys" | "sessions" | "gate"> {
  const { clock } = deps;
  const keys = new KeyStore({ topics, clock });
  const rootHash = deps.rootKey === undefined ? undefined : hashSecret(deps.rootKey);
  const sessions = new SessionStore({
    topics,
    clock,
    // A session of the root key ends when the key is another one.
    rootMark: rootHash?.slice(0, 16) ?? "none",
    isLive: (id) => keys.isLive(id),
    personOf: (tenant, address) => {
      const account = deps.selfService === undefined ? undefined : accounts.get(tenant, address);
      return account && personOf(account);
    },
  });
  const oidc = deps.oidc && new OidcVerifier({ ...deps.oidc, clock });
  const gate: Services["gate"] = {
    identify: async (credential) => {
      if (rootHash !== undefined && secretMatches(credential, rootHash)) return ROOT;
      return keys.identify(credential) ?? await oidc?.identify(credential);
    },
    identifySession: (text) => sessions.identify(text),
    guesses: new AddressLimits({ clock, perSecond: GUESSES_A_SECOND }),
  };
  return { keys, sessions, gate };
}

/** How much may be asked, by whom. */
function limitsOf(
  { clock, requestsPerSecond: perSecond = 2_000 }: ControlDeps,
): Pick<Services, "limiter" | "personLimiter" | "channelTests" | "publicUse" | "streams"> {
  return {
    limiter: new RateLimiter({ perSecond, burst: 2 * perSecond, clock }),
    personLimiter: new RateLimiter({ perSecond: PERSON_A_SECOND, burst: 5 * PERSON_A_SECOND, clock }),
    channelTests: new RateLimiter({ ...CHANNEL_TESTS, clock }),
    publicUse: new AddressLimits({ clock, perSecond: PUBLIC_A_SECOND }),
    streams: new OpenStreams(STREAMS_A_TENANT),
  };
}

/** The newest event time of all symbols, epoch ms; 0 before the first trade. */
async function lastEventTime(series: SeriesStore): Promise<number> {
  let last = 0;
  for (const { eventTime } of (await series.lastTrades()).values()) last = Math.max(last, eventTime);
  return last;
}
