import type { OpenAPIHono } from "@hono/zod-openapi";
import { AlertIndex } from "./alerts/alert_index.ts";
import { DeliveryIndex } from "./alerts/delivery_index.ts";
import { createApi } from "./app.ts";
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
import type { Api } from "./http/api.ts";
import type { ControlEnv } from "./http/route.ts";
import { OpenStreams } from "./http/event_stream.ts";
import { AuditChain } from "./audit/audit_chain.ts";
import { AuditLog, INDEXED_ENTRIES } from "./audit/audit_log.ts";
import { People } from "./audit/people.ts";
import { OpenChannels } from "../books/open_channels.ts";
import { RecipientBook } from "../books/recipients.ts";
import { SpentRules } from "../books/spent_rules.ts";
import { Silences } from "../books/silences.ts";
import { Webhooks } from "../books/webhooks.ts";
import { MarketHub } from "./market_hub.ts";
import { RecipientDesk } from "./rules/recipient_desk.ts";
import { RuleService } from "./rules/rule_service.ts";
import { LagWatch } from "./lag_watch.ts";
import { FeedStore } from "./store/feed_store.ts";
import { Idempotency } from "./store/idempotency.ts";
import { KeyStore } from "./store/key_store.ts";
import { RulesInForce } from "./store/rules_in_force.ts";
import { RuleStore } from "./store/rule_store.ts";
import { OldRecords } from "./store/move_old.ts";
import { Topics } from "./store/topics.ts";
import { BotRole } from "./telegram/bot_role.ts";
import { messageOf } from "../core/errors.ts";
import { retry } from "../core/retry.ts";
import { DEFAULT_TENANT } from "../rules/tenancy.ts";
import { controlMetrics } from "../telemetry/control_metrics.ts";
import { logger } from "../telemetry/log.ts";
import type { ComponentHealth } from "../telemetry/health.ts";

const log = logger("control");
const HOUSEKEEPING_MS = 1_000;
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

/**
 * The control role: the API over the rules topic and its own.
 *
 * @example
 * ```ts ignore
 * const control = new Control(deps);
 * const running = control.run(signal);
 * await control.ready;
 * Deno.serve({ hostname: "127.0.0.1", port: 8000, signal }, control.app.fetch);
 * ```
 */
export class Control {
  readonly api: Api;
  readonly #deps: ControlDeps;
  readonly #topics: Topics;
  readonly #old: OldRecords;
  readonly #recipients: RecipientBook;
  readonly #desk: RecipientDesk;
  readonly #codes: SignInCodes;
  readonly #liveness = new Liveness();
  readonly #store: RuleStore;
  readonly #alerts: AlertIndex;
  readonly #surplus: () => readonly NewRecord[];
  readonly #unreadable = new Map<string, number>();
  readonly #bot: BotRole | undefined;
  readonly #stopping = new AbortController();
  #loaded = false;
  readonly #ready = Promise.withResolvers<void>();

  constructor(deps: ControlDeps) {
    this.#deps = deps;
    const { log, clock, directory, inForce } = deps;
    const limit = deps.alertsKept ?? 50_000;
    const people = new People();
    const newest = { audit: INDEXED_ENTRIES, alerts: limit, deliveries: 4 * limit };
    const topics = new Topics({ log, clock, newest, chain: new AuditChain({ people, clock }) });
    topics.read("control", people);
    this.#topics = topics;
    this.#old = new OldRecords({ topics, clock });
    this.#store = new RuleStore({ topics, clock });
    this.#alerts = new AlertIndex({ topics, limit });
    this.#recipients = new RecipientBook(log, (records) => topics.write(records));
    const silences = new Silences();
    topics.read("control", silences);
    const spent = new SpentRules();
    topics.read("spent", spent);
    const webhooks = new Webhooks();
    topics.read("control", webhooks);
    const feed = new FeedStore(topics, clock);
    const elsewhere = new RulesInForce({ topics, clock });
    const accounts = new AccountStore({ topics, clock });
    const tickets = new Tickets({ topics, clock });
    const maxOwnRules = deps.selfService?.maxRules ?? 0;
    const persons = new PersonPolicy({ accounts, store: this.#store, maxRules: maxOwnRules });
    const { consent, idleChannels, addressFaults: faults, asksPerDay = 200 } = deps;
    const channels = new OpenChannels();
    topics.read("status", channels);
    this.#desk = new RecipientDesk({
      book: this.#recipients,
      clock,
      consent,
      idleChannels: () => idleChannels ?? channels.idle,
      faults,
      asksPerDay,
    });
    const rules = new RuleService({
      store: this.#store,
      marketTime: async () =>
        feed.report?.source === "replay" ? await lastEventTime(deps.series) : clock.now(),
      directory,
      webhooks,
      persons,
      recipients: this.#desk,
      clock,
      maxRules: deps.maxRules ?? 1_000_000,
      inForce: inForce ?? ((changed) => elsewhere.until(changed)),
    });
    const keys = new KeyStore({ topics, clock });
    const idempotency = new Idempotency({ topics, clock });
    const rootHash = deps.rootKey === undefined ? undefined : hashSecret(deps.rootKey);
    // A session of the root key ends when the key is another one.
    const rootMark = rootHash?.slice(0, 16) ?? "none";
    const personOfAddress = (tenant: string, address: string) => {
      const account = deps.selfService === undefined ? undefined : accounts.get(tenant, address);
      return account && personOf(account);
    };
    const isLive = (id: string) => keys.isLive(id);
    const sessions = new SessionStore({ topics, clock, rootMark, isLive, personOf: personOfAddress });
    this.#codes = new SignInCodes(clock);
    topics.read("control", { decode: () => true, apply: () => this.#liveness.check() });
    this.#surplus = () => [
      ...idempotency.surplus(),
      ...sessions.surplus(),
      ...tickets.surplus(),
      ...keys.uses(),
      ...overSnoozes(silences, clock.now()),
      ...this.#store.surplus(),
    ];
    const oidc = deps.oidc && new OidcVerifier({ ...deps.oidc, clock });
    const perSecond = deps.requestsPerSecond ?? 2_000;
    const stopping = this.#stopping.signal;
    const { telegramBot, selfService } = deps;
    this.#bot = telegramBot && selfService && new BotRole(
      { deps, topics, store: this.#store, rules, accounts, tickets, silences },
      telegramBot,
    );
    this.api = createApi({
      deps,
      backtests: deps.backtests && new BacktestJobs({ runner: deps.backtests, clock, stopping }),
      topics,
      store: this.#store,
      rules,
      audit: new AuditLog({ topics, people }),
      people,
      alerts: this.#alerts,
      deliveries: new DeliveryIndex({ topics, limit }),
      silences,
      spent,
      webhooks,
      recipients: this.#recipients,
      feed,
      lag: new LagWatch({ log, clock }),
      market: new MarketHub({ log, clock }),
      metrics: controlMetrics(deps.registry, () => ({ rules: this.#store.total, alerts: this.#alerts.size })),
      keys,
      idempotency,
      limiter: new RateLimiter({ perSecond, burst: 2 * perSecond, clock }),
      personLimiter: new RateLimiter({ perSecond: PERSON_A_SECOND, burst: 5 * PERSON_A_SECOND, clock }),
      accounts,
      tickets,
      persons,
      channelTests: new RateLimiter({ ...CHANNEL_TESTS, clock }),
      gate: {
        identify: async (credential) => {
          if (rootHash !== undefined && secretMatches(credential, rootHash)) return ROOT;
          return keys.identify(credential) ?? await oidc?.identify(credential);
        },
        identifySession: (text) => sessions.identify(text),
        guesses: new AddressLimits({ clock, perSecond: GUESSES_A_SECOND }),
      },
      sessions,
      codes: this.#codes,
      root: ROOT,
      liveness: this.#liveness,
      publicUse: new AddressLimits({ clock, perSecond: PUBLIC_A_SECOND }),
      streams: new OpenStreams(STREAMS_A_TENANT),
      stopping,
    });
    deps.health.set("control", { state: "starting", detail: "reading the rules" });
  }

  /** What serves requests. */
  get app(): OpenAPIHono<ControlEnv> {
    return this.api.app;
  }

  /** A one-time code that opens the console: `/?code=CODE`. */
  signInCode(): string {
    return this.#codes.make();
  }

  /** Resolves when the rules and alerts that are there have been read. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Follows the log until the signal is aborted; event streams end then. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    signal.addEventListener("abort", () => this.#stopping.abort(), { once: true });
    const following = [
      this.#topics.follow(signal),
      this.#recipients.follow({ clock, random: Math.random, signal }),
      this.#housekeeping(signal),
    ];
    await Promise.race([this.#topics.ready, Promise.all(following)]);
    if (!signal.aborted) await this.#begin(signal);
    await Promise.all([...following, signal.aborted ? undefined : this.#bot?.run(signal)]);
    this.#ready.resolve();
    this.#deps.health.remove("control");
  }

  /** Moves what stands in old places, and serves from then on. */
  async #begin(signal: AbortSignal): Promise<void> {
    const begin = async () => {
      await this.#old.move(signal);
      if (!signal.aborted) await this.#desk.adopt(this.#store.all());
    };
    await retry(begin, {
      clock: this.#deps.clock,
      random: Math.random,
      signal,
      waits: { baseMs: 200, capMs: 5_000, floorMs: 100 },
      failed: (thrown) => {
        const detail = `cannot move its records: ${messageOf(thrown)}`;
        this.#deps.health.set("control", { state: "starting", detail });
      },
    });
    if (signal.aborted) return;
    this.#loaded = true;
    this.#deps.health.watch("control", () => this.#health());
    this.#ready.resolve();
  }

  /** Repairs what stands in the log, and deletes what need not be remembered, a little at a time. */
  async #housekeeping(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#deps.clock.sleep(HOUSEKEEPING_MS, signal);
      if (signal.aborted) return;
      this.#reportUnreadable();
      this.#liveness.check();
      if (!this.#loaded) continue;
      try {
        await this.#store.repair();
        const surplus = this.#surplus();
        if (surplus.length > 0) await this.#deps.log.append(surplus);
        await this.#old.clean();
      } catch (thrown) {
        log.warn("housekeeping of the log failed, trying again: {error}", { error: messageOf(thrown) });
      }
    }
  }

  /** What cannot be read stops nothing, and is reported once. */
  #reportUnreadable(): void {
    for (const { topic, count, last } of this.#topics.unreadable) {
      if (count === this.#unreadable.get(topic)) continue;
      this.#unreadable.set(topic, count);
      log.error("{count} records of the topic {topic} cannot be read; the last: {key} at {place}: {reason}", {
        count,
        topic,
        key: last.key,
        place: `${last.partition}/${last.offset}`,
        reason: last.reason,
      });
    }
  }

  #health(): ComponentHealth {
    const failure = this.#topics.failure ?? this.#recipients.failure;
    // What stands still must not answer as if it knew: others are asked meanwhile.
    if (failure !== undefined) return { state: "down", detail: failure };
    const counts = `${this.#store.total} rules, ${this.#alerts.size} alerts`;
    // What is there can still be read.
    if (this.#topics.untaken !== undefined) {
      return { state: "degraded", detail: `${counts}; nothing can be changed: ${this.#topics.untaken}` };
    }
    const unreadable = this.#topics.unreadable.reduce((sum, { count }) => sum + count, 0);
    return unreadable === 0
      ? { state: "ready", detail: counts }
      : { state: "degraded", detail: `${counts}; ${unreadable} records cannot be read, see the log` };
  }
}

/** The newest event time of all symbols, epoch ms; 0 before the first trade. */
async function lastEventTime(series: SeriesStore): Promise<number> {
  let last = 0;
  for (const { eventTime } of (await series.lastTrades()).values()) last = Math.max(last, eventTime);
  return last;
}
