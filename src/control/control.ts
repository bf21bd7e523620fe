import type { OpenAPIHono } from "@hono/zod-openapi";
import { AlertIndex } from "./alerts/alert_index.ts";
import { DeliveryIndex } from "./alerts/delivery_index.ts";
import { createApi } from "./app.ts";
import { hashSecret, secretMatches } from "./auth/secret.ts";
import { OidcVerifier } from "./auth/oidc.ts";
import { SCOPES } from "./auth/principal.ts";
import { RateLimiter } from "./auth/rate_limit.ts";
import type { NewRecord } from "../ports/event_log.ts";
import type { ControlDeps } from "./deps.ts";
import type { Api } from "./http/api.ts";
import type { ControlEnv } from "./http/route.ts";
import { OpenStreams } from "./http/event_stream.ts";
import { MarketHub } from "./market_hub.ts";
import { RuleService } from "./rules/rule_service.ts";
import { LagWatch } from "./lag_watch.ts";
import { AuditLog } from "./store/audit_log.ts";
import { FeedStore } from "./store/feed_store.ts";
import { Idempotency } from "./store/idempotency.ts";
import { KeyStore } from "./store/key_store.ts";
import { RuleStore } from "./store/rule_store.ts";
import { SilenceStore } from "./store/silence_store.ts";
import { RulesTopic } from "./store/rules_topic.ts";
import { messageOf } from "../core/errors.ts";
import { DEFAULT_TENANT } from "../rules/tenancy.ts";
import { controlMetrics } from "../telemetry/control_metrics.ts";
import { logger } from "../telemetry/log.ts";

const log = logger("control");
const HOUSEKEEPING_MS = 1_000;
/** Event streams a tenant may have open at once. */
const STREAMS_A_TENANT = 200;
const ROOT = { tenant: DEFAULT_TENANT, scopes: SCOPES, subject: "root", operator: true } as const;

/**
 * The control role: the API over the rules topic.
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
  readonly #topic: RulesTopic;
  readonly #store: RuleStore;
  readonly #alerts: AlertIndex;
  readonly #deliveries: DeliveryIndex;
  readonly #surplus: () => readonly NewRecord[];
  readonly #stopping = new AbortController();
  #loaded = false;
  readonly #ready = Promise.withResolvers<void>();

  constructor(deps: ControlDeps) {
    this.#deps = deps;
    const { log, clock, directory, inForce } = deps;
    this.#topic = new RulesTopic({ log, clock });
    this.#store = new RuleStore({ topic: this.#topic, clock });
    const audit = new AuditLog({ topic: this.#topic, clock });
    this.#alerts = new AlertIndex({ log, clock, limit: deps.alertsKept ?? 50_000 });
    this.#deliveries = new DeliveryIndex({ log, clock, limit: deps.alertsKept ?? 50_000 });
    const rules = new RuleService({
      store: this.#store,
      audit,
      directory,
      clock,
      maxRules: deps.maxRules ?? 1_000_000,
      ...(inForce ? { inForce } : {}),
    });
    const keys = new KeyStore({ topic: this.#topic, clock });
    const idempotency = new Idempotency({ topic: this.#topic, log, clock });
    this.#surplus = () => [...audit.surplus(), ...idempotency.surplus(), ...this.#store.surplus()];
    const oidc = deps.oidc && new OidcVerifier({ ...deps.oidc, clock });
    const perSecond = deps.requestsPerSecond ?? 2_000;
    const rootHash = deps.rootKey === undefined ? undefined : hashSecret(deps.rootKey);
    this.api = createApi({
      deps,
      topic: this.#topic,
      store: this.#store,
      rules,
      audit,
      alerts: this.#alerts,
      deliveries: this.#deliveries,
      silences: new SilenceStore(this.#topic),
      feed: new FeedStore(this.#topic, clock),
      lag: new LagWatch({ log, clock }),
      market: new MarketHub({ log, clock }),
      metrics: controlMetrics(deps.registry, () => ({ rules: this.#store.total, alerts: this.#alerts.size })),
      keys,
      idempotency,
      limiter: new RateLimiter({ perSecond, burst: 2 * perSecond, clock }),
      identify: async (credential) => {
        if (rootHash !== undefined && secretMatches(credential, rootHash)) return ROOT;
        return keys.identify(credential) ?? await oidc?.identify(credential);
      },
      streams: new OpenStreams(STREAMS_A_TENANT),
      stopping: this.#stopping.signal,
    });
    deps.health.set("control", { state: "starting", detail: "reading the rules" });
  }

  /** What serves requests. */
  get app(): OpenAPIHono<ControlEnv> {
    return this.api.app;
  }

  /** Resolves when the rules and alerts that are there have been read. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Follows the log until the signal is aborted; event streams end then. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.#stopping.abort(), { once: true });
    const loaded = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    Promise.all(loaded.map(({ promise }) => promise)).then(() => this.#becomeReady());
    await Promise.all([
      this.#topic.run(signal, loaded[0].resolve),
      this.#alerts.run(signal, loaded[1].resolve),
      this.#deliveries.run(signal),
      this.#housekeeping(signal),
    ]);
    this.#ready.resolve();
    this.#deps.health.remove("control");
  }

  /** Repairs what stands in the log, and deletes what need not be remembered, a little at a time. */
  async #housekeeping(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#deps.clock.sleep(HOUSEKEEPING_MS, signal);
      if (signal.aborted) return;
      if (!this.#loaded) continue;
      try {
        await this.#store.repair();
        const surplus = this.#surplus();
        if (surplus.length > 0) await this.#deps.log.append(surplus);
      } catch (thrown) {
        log.warn("housekeeping of the rules topic failed, trying again: {error}", {
          error: messageOf(thrown),
        });
      }
    }
  }

  #becomeReady(): void {
    this.#loaded = true;
    this.#deps.health.watch("control", () => {
      const failure = this.#topic.failure ?? this.#alerts.failure ?? this.#deliveries.failure;
      return failure === undefined
        ? { state: "ready", detail: `${this.#store.total} rules, ${this.#alerts.size} alerts` }
        : { state: "degraded", detail: failure };
    });
    this.#ready.resolve();
  }
}
