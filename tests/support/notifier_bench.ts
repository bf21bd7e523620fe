import type { Alert } from "../../src/alerts/alert.ts";
import { encodeAlert } from "../../src/alerts/codec.ts";
import { type Delivery, deliveryKey, encodeDelivery } from "../../src/alerts/ledger.ts";
import { type Clock, systemClock, VirtualClock } from "../../src/core/clock.ts";
import { seededRandom } from "../../src/core/backoff.ts";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import type { Channel, OutgoingMessage, Receipt } from "../../src/ports/channel.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { Notifier } from "../../src/roles/notifier/notifier.ts";
import type { NotifierOptions } from "../../src/roles/notifier/options.ts";
import type { ChannelName } from "../../src/rules/rule.ts";
import { turns } from "./turns.ts";

/** The most time of the virtual clock that a wait without a time of its own, or a stop, may take, ms. */
const MOST_MS = 600_000;

/** A channel that keeps what it is given, and fails as it is asked. */
export class RecordingChannel implements Channel {
  readonly channel: ChannelName;
  readonly transport = "recording";
  readonly sent: OutgoingMessage[] = [];
  calls = 0;
  /** What it allows; undefined: no limit. */
  allows: { perSecond: number; concurrent: number } | undefined;
  /** Called before a message is taken; throws to refuse it, waits to be slow. */
  before: (message: OutgoingMessage, signal: AbortSignal) => void | Promise<void> = () => {};

  constructor(channel: ChannelName = "mail") {
    this.channel = channel;
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> {
    this.calls++;
    await this.before(message, signal);
    this.sent.push(message);
    return { providerId: `r${this.sent.length}` };
  }

  limits(): Promise<{ perSecond: number; concurrent: number }> {
    return Promise.resolve(this.allows ?? { perSecond: Infinity, concurrent: Infinity });
  }

  async close(): Promise<void> {}
}

/** A notifier on a SQLite log in memory, with a clock that stands still until it is advanced. */
export class NotifierBench implements AsyncDisposable {
  readonly log: EventLog;
  readonly clock: VirtualClock;
  readonly mail: RecordingChannel;
  readonly states: Delivery[] = [];
  notifier!: Notifier;
  #options: Partial<NotifierOptions>;
  #stop: AbortController | undefined;
  #running: Promise<void> | undefined;

  private constructor(log: EventLog, clock: VirtualClock, options: Partial<NotifierOptions>) {
    this.log = log;
    this.clock = clock;
    this.mail = new RecordingChannel();
    this.#options = options;
  }

  /** @param given Where links are signed the clock waits for the thread that does it. */
  static async open(
    options: Partial<NotifierOptions> = {},
    given: { partitions?: number; now?: number; signs?: boolean } = {},
  ): Promise<NotifierBench> {
    const now = given.now ?? Date.UTC(2025, 10, 26, 0, 47, 1);
    const clock = given.signs ? new VirtualClock(now) : new VirtualClock(now, turns);
    const log = await openSqliteLog({
      path: ":memory:",
      partitions: given.partitions ?? 3,
      clock: systemClock,
    });
    return new NotifierBench(log, clock, options);
  }

  /** Starts a notifier; what was said at `open` may be overridden. */
  async start(over: Partial<NotifierOptions> = {}): Promise<void> {
    this.notifier = new Notifier({
      log: this.log,
      channels: [this.mail],
      clock: this.clock as Clock,
      random: seededRandom(1),
      onDelivery: (delivery) => this.states.push(delivery),
      ...this.#options,
      ...over,
    });
    this.#stop = new AbortController();
    this.#running = this.notifier.run(this.#stop.signal);
    this.#running.catch(() => {});
    await Promise.resolve();
  }

  /** Stops the notifier as SIGTERM does. */
  async stop(): Promise<void> {
    this.#stop?.abort();
    const running = this.#running;
    this.#running = undefined;
    await running;
  }

  /** Moves the time on until every alert is at its end, `ms` at most. */
  async idle(ms = 0, options: { flush?: boolean } = {}): Promise<void> {
    let done = false;
    const idle = this.notifier.idle(options).then(() => done = true);
    const end = this.clock.now() + (ms === 0 ? MOST_MS : ms);
    while (!done) {
      await this.clock.advance(ms > 600_000 ? 60_000 : ms > 60_000 ? 1_000 : 50);
      if (this.clock.now() > end) throw new Error(`not idle after ${ms} ms`);
    }
    await idle;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    let stopped = false;
    const stopping = this.stop().finally(() => stopped = true);
    stopping.catch(() => {});
    // Calls that hang are given up after a while.
    for (const end = this.clock.now() + MOST_MS; !stopped;) {
      await this.clock.advance(1_000);
      if (this.clock.now() > end) throw new Error("the notifier does not stop");
    }
    await stopping;
    await this.log.close();
  }
}

/** Writes an alert as the stream does. */
export async function appendAlert(log: EventLog, alert: Alert): Promise<void> {
  await appendAlerts(log, [alert]);
}

/** Writes alerts as the stream does. */
export async function appendAlerts(log: EventLog, alerts: readonly Alert[]): Promise<void> {
  await log.append(alerts.map((alert) => ({
    topic: "alerts",
    key: alert.symbol,
    value: encodeAlert(alert),
    timestamp: alert.eventTime,
  })));
}

/** Writes a record of the ledger, as an earlier notifier left it. */
export async function appendDelivery(log: EventLog, delivery: Delivery): Promise<void> {
  await log.append([{
    topic: "deliveries",
    key: deliveryKey(delivery.id, delivery.recipient),
    placement: delivery.symbol,
    value: encodeDelivery(delivery),
    timestamp: delivery.at,
  }]);
}

/** Waits for something, asking again and again while time stands still. */
export async function until<T>(ask: () => T | undefined | false, what: string): Promise<T> {
  for (let turn = 0; turn < 5_000; turn++) {
    const seen = ask();
    if (seen !== undefined && seen !== false) return seen;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error(`waited in vain for ${what}`);
}
