import { isRecipientKey } from "../../src/alerts/recipient_settings.ts";
import type { Alert } from "../../src/alerts/alert.ts";
import { decodeAlert } from "../../src/alerts/codec.ts";
import { decodeDelivery, type Delivery, deliveryKey, isFinal } from "../../src/alerts/ledger.ts";
import { assert } from "../../src/core/errors.ts";
import { allRecords } from "../support/temporary_log.ts";
import type { Expectation } from "./expectation.ts";
import { REFUSED_ADDRESS } from "./mail_service.ts";
import type { World } from "./world.ts";

/** What must be true of the world whenever it has come to rest. */
export class Promises {
  readonly #world: World;
  readonly #expectation: Expectation;

  constructor(world: World, expectation: Expectation) {
    this.#world = world;
    this.#expectation = expectation;
  }

  /** Throws at the first promise that is broken. */
  async check(): Promise<void> {
    const records = await this.#alerts();
    const alerts = new Map(records.map((alert) => [alert.id, alert]));
    this.#sameAsTheOracle(new Set(alerts.keys()));
    this.#repeatsExplained(records);
    await this.#mailedOnce(alerts);
    await this.#deadLettersAccounted();
  }

  #sameAsTheOracle(ids: ReadonlySet<string>): void {
    const { may, must } = this.#expectation;
    const missing = [...must].filter((id) => !ids.has(id));
    assert(missing.length === 0, `alerts the oracle gives are missing: ${missing.join(", ")}`);
    const surplus = [...ids].filter((id) => !may.has(id));
    assert(surplus.length === 0, `alerts the oracle does not give: ${surplus.join(", ")}`);
  }

  /** A restart reads back what has fired: no alert is written again but where its answer was lost, or by a zombie. */
  #repeatsExplained(records: readonly Alert[]): void {
    const counts = new Map<string, number>();
    for (const { id } of records) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const [id, count] of counts) {
      const allowed = 1 + (this.#world.explainedAgain.get(id) ?? 0);
      assert(count <= allowed, `${id} is in the log ${count} times, ${allowed} are explained`);
    }
  }

  /** Each alert is mailed to each recipient once, or is at another end that says why. */
  async #mailedOnce(alerts: ReadonlyMap<string, Alert>): Promise<void> {
    const { mails, unknownOutcomes } = this.#world;
    const mailed = new Map<string, string[]>();
    for (const { deliveryId, to, alertIds } of mails.sent) {
      for (const id of alertIds) {
        assert(alerts.has(id), `a mail is about an alert that is not in the log: ${id}`);
        const key = deliveryKey(id, to);
        mailed.set(key, [...mailed.get(key) ?? [], deliveryId]);
      }
    }
    for (const [key, deliveries] of mailed) {
      const allowed = 1 + deliveries.reduce((most, id) => Math.max(most, unknownOutcomes.get(id) ?? 0), 0);
      assert(
        deliveries.length <= allowed,
        `${key} was mailed ${deliveries.length} times, at most ${allowed} are explained by crashes: ${deliveries}`,
      );
    }
    const ledger = await this.#ledger();
    for (const alert of alerts.values()) {
      for (const recipient of alert.recipients) {
        const key = deliveryKey(alert.id, recipient);
        const delivery = ledger.get(key);
        const end = delivery?.state === "digested"
          ? this.#digestOf(delivery, ledger)?.state
          : delivery?.state;
        const wanted = recipient === REFUSED_ADDRESS ? "dead" : "sent";
        assert(
          end === wanted,
          `${key} should have ended ${wanted}, the ledger says ${delivery?.state} ${end}`,
        );
        assert(wanted !== "sent" || mailed.has(key), `${key} is called sent, and there is no mail`);
      }
    }
  }

  #digestOf(delivery: Delivery, ledger: ReadonlyMap<string, Delivery>): Delivery | undefined {
    return ledger.get(deliveryKey(delivery.digestId ?? "", delivery.recipient));
  }

  /** What is no trade is dead-lettered, and nothing else that came from the trades. */
  async #deadLettersAccounted(): Promise<void> {
    const letters = await allRecords(this.#world.log, "deadletter");
    const origins = new Set(
      letters.filter(({ headers }) => headers.role === "stream").map(({ headers }) => headers.origin ?? ""),
    );
    const { unreadable } = this.#expectation;
    const missing = [...unreadable].filter((origin) => !origins.has(origin));
    const surplus = [...origins].filter((origin) => !unreadable.has(origin));
    assert(missing.length === 0, `not dead-lettered: ${missing}`);
    assert(surplus.length === 0, `dead-lettered without a reason: ${surplus}`);
  }

  async #alerts(): Promise<Alert[]> {
    const records = await allRecords(this.#world.log, "alerts");
    return records.map((record) => decodeAlert(record.value as Uint8Array));
  }

  async #ledger(): Promise<Map<string, Delivery>> {
    const newest = new Map<string, Delivery>();
    for (const { key, value } of await allRecords(this.#world.log, "deliveries")) {
      if (isRecipientKey(key)) continue;
      if (value === null || !key.includes("|")) newest.delete(key);
      else newest.set(key, decodeDelivery(value));
    }
    return newest;
  }

  /** Deliveries that are not at their end. */
  async openDeliveries(): Promise<Delivery[]> {
    return [...(await this.#ledger()).values()].filter(({ state }) => !isFinal(state));
  }
}
