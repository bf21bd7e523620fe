import { deliveryKey } from "../../src/alerts/ledger.ts";
import { decodeTrade } from "../../src/market/decode_trade.ts";
import { isMarketEvent } from "../../src/market/market_event.ts";
import { holds } from "./broken_promise.ts";
import { REFUSED_ADDRESS } from "./mail_service.ts";
import type { World } from "./world.ts";

/** What must be true of the world whenever it has come to rest. */
export class Promises {
  readonly #world: World;
  readonly #stored: number[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** @throws {BrokenPromise} the first that does not hold. */
  async check(): Promise<void> {
    this.#world.expectation.catchUp();
    this.#sameAsTheOracle();
    this.#everyAlertEnded();
    this.#deadLettersAccounted();
    await this.#pricesStored();
  }

  #sameAsTheOracle(): void {
    const { may, must } = this.#world.expectation;
    const ids = new Set(this.#world.watch.alerts.keys());
    const missing = [...must].filter((id) => !ids.has(id));
    holds(missing.length === 0, "no alert is missed", () => `not in the log: ${missing.join(", ")}`);
    const surplus = [...ids].filter((id) => !may.has(id));
    holds(
      surplus.length === 0,
      "no alert without a reason",
      () => `the oracle does not give ${surplus.join(", ")}`,
    );
  }

  /** Each alert is mailed to each recipient, or is at another end that something explains. */
  #everyAlertEnded(): void {
    const { watch, mails, hushes } = this.#world;
    const { ledger, alerts } = watch;
    for (const id of [...watch.mailed.keys()].map((key) => key.slice(0, key.lastIndexOf("|")))) {
      holds(alerts.has(id), "a mail is about an alert", () => `${id} is mailed and not in the log`);
    }
    for (const alert of alerts.values()) {
      for (const recipient of alert.recipients) {
        const key = deliveryKey(alert.id, recipient);
        const own = ledger.get(key);
        const last = own?.state === "digested" ? ledger.get(deliveryKey(own.digestId ?? "", recipient)) : own;
        const said = () => `${key} is ${own?.state ?? "unknown"}, its end ${last?.state} ${last?.code ?? ""}`;
        if (last?.state === "sent") {
          holds(watch.mailed.has(key), "what is called sent was mailed", said);
        } else if (recipient === REFUSED_ADDRESS && last?.state === "dead") {
          continue;
        } else if (last?.state === "suppressed") {
          const isHushed = hushes.explain(alert.tenant, recipient, alert);
          holds(isHushed, "nothing is kept back without a reason", said);
        } else {
          const unknown = last?.state === "dead" && ["held", "no_answer"].includes(last.code ?? "");
          const end = last === undefined ? "" : deliveryKey(last.id, last.recipient);
          const isExplained = unknown && (mails.unknown.has(end) || watch.isUnsure(end));
          holds(isExplained, "every alert is mailed", said);
        }
      }
    }
  }

  /** What is no trade is dead-lettered, and nothing else that came from the trades. */
  #deadLettersAccounted(): void {
    const letters = this.#world.model.all("deadletter");
    const origins = new Set(
      letters.filter(({ headers }) => headers.role === "stream").map(({ headers }) => headers.origin ?? ""),
    );
    const { unreadable } = this.#world.expectation;
    const missing = [...unreadable].filter((origin) => !origins.has(origin));
    const surplus = [...origins].filter((origin) => !unreadable.has(origin));
    holds(missing.length === 0, "what cannot be read is kept", () => `not dead-lettered: ${missing}`);
    holds(surplus.length === 0, "what can be read is no dead letter", () => `dead-lettered: ${surplus}`);
  }

  /** Every trade of the topic is in the price store. */
  async #pricesStored(): Promise<void> {
    const { model, series } = this.#world;
    const wanted = new Map<string, number[]>();
    const partitions = this.#world.expectation.rules.length;
    for (let partition = 0; partition < partitions; partition++) {
      const from = this.#stored[partition] ?? 0;
      for (const { value } of model.records("trades", partition, from)) {
        const trade = tradeOf(value);
        if (trade === undefined) continue;
        const times = wanted.get(trade.symbol) ?? [];
        wanted.set(trade.symbol, times);
        times.push(trade.eventTime);
      }
      this.#stored[partition] = model.partition("trades", partition).end;
    }
    for (const [symbol, times] of wanted) {
      const query = { symbol, from: Math.min(...times), to: Math.max(...times) + 1, limit: 1_000_000 };
      const stored = new Set((await series.trades(query)).map(({ eventTime }) => eventTime));
      const missing = times.filter((time) => !stored.has(time));
      holds(
        missing.length === 0,
        "every trade is stored",
        () => `${missing.length} trades of ${symbol} are not, the first of ${missing[0]}`,
      );
    }
  }
}

function tradeOf(value: Uint8Array | null) {
  try {
    return value === null || isMarketEvent(value) ? undefined : decodeTrade(value);
  } catch {
    return undefined;
  }
}
