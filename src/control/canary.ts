import { alertId } from "../alerts/alert.ts";
import { confirm } from "../books/consents.ts";
import { messageOf } from "../core/errors.ts";
import { encodeTrade } from "../market/encode_trade.ts";
import { CANARY_SYMBOL } from "../market/symbol.ts";
import type { NewRecord } from "../ports/event_log.ts";
import { parseRule } from "../rules/parse_rule.ts";
import type { Rule } from "../rules/rule.ts";
import { CANARY_TENANT, storedRuleId } from "../rules/tenancy.ts";
import type { CanaryMetrics } from "../telemetry/canary_metrics.ts";
import type { ComponentHealth } from "../telemetry/health.ts";
import { logger } from "../telemetry/log.ts";
import type { Services } from "./routes/services.ts";

/** What the canary's path is. */
export interface CanaryOptions {
  /** Who gets its messages, one a minute: nobody who would mind. */
  readonly to: string;
  /** From one to the next, ms; a minute by default, which is its rule's window. */
  readonly everyMs?: number;
}

const logging = logger("control");
const MINUTE_MS = 60_000;
/** How often it is looked whether its message was taken, ms. */
const LOOK_MS = 250;
/** It pages after so many minutes without a message. */
const SILENT_MS = 3 * MINUTE_MS;
const RULE_ID = "canary";

/**
 * The canary: each minute a trade of a symbol that no exchange has goes the whole way of an alert, by a rule of a tenant of
 * its own, to a receiver of its own. What does not arrive is a metric, an alert that pages, and degraded health.
 */
export class Canary {
  readonly #options: CanaryOptions;
  readonly #services: Services;
  readonly #metrics: CanaryMetrics;
  /** By the monotonic clock; at first when it began. */
  #arrivedAt: number;
  #hasArrived = false;

  constructor(options: CanaryOptions, services: Services, metrics: CanaryMetrics) {
    this.#options = options;
    this.#services = services;
    this.#metrics = metrics;
    const { clock, health } = services.deps;
    this.#arrivedAt = clock.monotonic();
    metrics.arrived.set(clock.now() / 1_000);
    health.watch("canary", () => this.#health());
  }

  /** Sends one after the other until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#services.deps;
    const { everyMs = MINUTE_MS } = this.#options;
    while (!signal.aborted) {
      const next = clock.monotonic() + everyMs;
      try {
        const rule = await this.#rule();
        const at = clock.now();
        await log.append([canaryTrade(at)]);
        await this.#awaitMessage(rule, { at, until: next, signal });
      } catch (thrown) {
        logging.warn("The canary cannot be sent, trying again: {error}", { error: messageOf(thrown) });
      }
      await clock.sleep(Math.max(LOOK_MS, next - clock.monotonic()), signal);
    }
  }

  /** Its rule, made where it is missing or its receiver is another one. */
  async #rule(): Promise<Rule> {
    const { to } = this.#options;
    const { rules, store, recipients, deps: { clock } } = this.#services;
    await recipients.ready;
    await confirm(recipients, [{ tenant: CANARY_TENANT, recipient: to }], {
      by: "operator",
      at: clock.now(),
    });
    const id = storedRuleId(CANARY_TENANT, RULE_ID);
    const draft = parseRule({
      symbol: CANARY_SYMBOL,
      kind: "target_price",
      comparator: "gte",
      value: 1,
      repeat: "1m",
      recipients: [to],
      locale: "en",
      note: "The canary: whether an alert goes the whole way.",
    });
    return await store.exclusive([id], async () => {
      const standing = store.get(CANARY_TENANT, id);
      if (standing?.recipients.join() === to) return standing;
      const rule = standing === undefined
        ? rules.newRule(draft, CANARY_TENANT, id)
        : rules.changedRule(standing, draft);
      const write = standing === undefined
        ? { type: "create", rule, chosenId: true } as const
        : { type: "update", rule } as const;
      const actor = { who: { tenant: CANARY_TENANT, subject: "canary" }, requestId: "canary" };
      await store.write([write], [{
        action: standing === undefined ? "rule.created" : "rule.changed",
        target: RULE_ID,
        before: null,
        after: { recipients: [to] },
        actor,
      }]);
      return store.get(CANARY_TENANT, id) ?? rule;
    });
  }

  async #awaitMessage(
    { id: ruleId, armed }: Rule,
    { at, until, signal }: { readonly at: number; readonly until: number; readonly signal: AbortSignal },
  ): Promise<void> {
    const { deliveries, deps: { clock } } = this.#services;
    const windowStart = Math.floor(at / MINUTE_MS) * MINUTE_MS;
    const alert = alertId({ ruleId, symbol: null, armed, windowStart });
    while (!signal.aborted) {
      const sent = deliveries.of(alert).find(({ state }) => state === "sent");
      if (sent !== undefined) {
        this.#arrivedAt = clock.monotonic();
        this.#hasArrived = true;
        this.#metrics.arrived.set(clock.now() / 1_000);
        this.#metrics.seconds.observe(Math.max(0, sent.at - at) / 1_000);
        return;
      }
      if (clock.monotonic() >= until) break;
      await clock.sleep(LOOK_MS, signal);
    }
    if (signal.aborted) return;
    this.#metrics.missed.inc();
    const became = deliveries.of(alert).map(({ state, reason = "" }) => `${state} ${reason}`.trim());
    logging.error("The canary did not arrive within {seconds} s: {became}", {
      seconds: Math.round((clock.now() - at) / 1_000),
      became: became.join("; ") || "no delivery was made",
    });
  }

  #health(): ComponentHealth {
    const silentMs = this.#services.deps.clock.monotonic() - this.#arrivedAt;
    const seconds = Math.round(silentMs / 1_000);
    if (silentMs > SILENT_MS) {
      return { state: "degraded", detail: `no message of it has arrived for ${seconds} s` };
    }
    const detail = this.#hasArrived
      ? `a message of it arrived ${seconds} s ago`
      : "no message of it has arrived yet";
    return { state: "ready", detail };
  }
}

/** A trade that trades nothing. */
function canaryTrade(at: number): NewRecord {
  const trade = {
    symbol: CANARY_SYMBOL,
    eventTime: at,
    price: 1_000,
    sign: "3",
    change: 0,
    rate: 0,
    open: 1_000,
    high: 1_000,
    low: 1_000,
    volume: 0,
    accVolume: 0,
    accValue: 0,
    ask: 0,
    bid: 0,
    halted: "N",
  } as const;
  return {
    topic: "trades",
    key: CANARY_SYMBOL,
    value: encodeTrade(trade),
    timestamp: at,
    headers: { "ingest-time": String(at) },
  };
}
