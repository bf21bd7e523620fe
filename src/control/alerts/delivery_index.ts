import { decodeDelivery, type Delivery, deliveryKey } from "../../alerts/ledger.ts";
import { isRecipientKey } from "../../alerts/recipient_settings.ts";
import { backoffMs } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { InputError, messageOf } from "../../core/errors.ts";
import type { EventLog, LogRecord } from "../../ports/event_log.ts";
import { logger } from "../../telemetry/log.ts";

const log = logger("control");
const BACKOFF = { baseMs: 100, capMs: 5_000, floorMs: 50 };

/** A delivery without the alerts it carries. */
export type KnownDelivery = Omit<Delivery, "alerts">;

/** What has become of the newest alerts for each recipient, as the ledger says. */
export class DeliveryIndex {
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #byAlert = new Map<string, Map<string, KnownDelivery>>();
  #next: number[] = [];
  #failure: string | undefined;

  /** @param options.limit of how many alerts deliveries are kept. */
  constructor(options: { log: EventLog; clock: Clock; limit: number }) {
    this.#log = options.log;
    this.#clock = options.clock;
    this.#limit = options.limit;
  }

  get failure(): string | undefined {
    return this.#failure;
  }

  /** The deliveries of an alert, by recipient. */
  of(alertId: string): readonly KnownDelivery[] {
    return [...this.#byAlert.get(alertId)?.values() ?? []].sort((a, b) => a.recipient < b.recipient ? -1 : 1);
  }

  /** Reads the newest records and follows the ledger until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      const stop = new AbortController();
      try {
        await this.#followAll(AbortSignal.any([signal, stop.signal]));
      } catch (thrown) {
        if (signal.aborted) return;
        this.#failure = messageOf(thrown);
        log.warn("cannot read the deliveries topic, trying again: {error}", { error: this.#failure });
        await this.#clock.sleep(backoffMs(attempt, BACKOFF, Math.random), signal);
      } finally {
        stop.abort();
      }
    }
  }

  async #followAll(signal: AbortSignal): Promise<void> {
    const count = await this.#log.partitions("deliveries");
    const share = Math.ceil(this.#limit * 4 / count);
    await Promise.all(Array.from({ length: count }, async (_, partition) => {
      const { start, end } = await this.#log.bounds("deliveries", partition);
      const from = this.#next[partition] ?? Math.max(start, end - share);
      for await (const batch of this.#log.read({ topic: "deliveries", partition, from, signal })) {
        for (const record of batch.records) this.#take(record);
        this.#next[partition] = batch.nextOffset;
        this.#failure = undefined;
      }
    }));
  }

  #take(record: LogRecord): void {
    if (record.value === null || isRecipientKey(record.key)) return;
    const delivery = read(record.value);
    if (delivery === undefined || deliveryKey(delivery.id, delivery.recipient) !== record.key) return;
    const known = this.#byAlert.get(delivery.id) ?? new Map<string, KnownDelivery>();
    const { alerts: _alerts, ...kept } = delivery;
    known.set(delivery.recipient, kept);
    this.#byAlert.set(delivery.id, known);
    if (this.#byAlert.size > this.#limit) this.#byAlert.delete(this.#byAlert.keys().next().value as string);
  }
}

/** A record that is no delivery is the notifier's to dead-letter; here it is passed over. */
function read(value: Uint8Array): Delivery | undefined {
  try {
    return decodeDelivery(value);
  } catch (thrown) {
    if (thrown instanceof InputError) return undefined;
    throw thrown;
  }
}
