import type { Registry } from "prom-client";
import { OutboxReader } from "../adapters/outbox/outbox_reader.ts";
import { consoleFiles } from "../console/files.ts";
import { Control } from "../control/control.ts";
import type { ControlDeps } from "../control/deps.ts";
import type { Clock } from "../core/clock.ts";
import type { SteadyClock } from "../core/steady_clock.ts";
import type { Alert } from "../alerts/alert.ts";
import type { Delivery } from "../alerts/ledger.ts";
import type { SymbolDirectory } from "../market/directory.ts";
import { channelOf } from "../rules/channels.ts";
import type { Channel } from "../ports/channel.ts";
import type { EventLog } from "../ports/event_log.ts";
import { ReferenceBook } from "../books/reference_book.ts";
import { lagOf } from "../books/lag.ts";
import type { SeriesStore } from "../ports/series_store.ts";
import type { TickSource } from "../ports/tick_source.ts";
import type { Mailer } from "../alerts/mails_by.ts";
import { Forwarder } from "../roles/forwarder/forwarder.ts";
import type { Upstream } from "./open_upstream.ts";
import { Consumer } from "../roles/consumer/consumer.ts";
import { Notifier } from "../roles/notifier/notifier.ts";
import type { NotifierOptions } from "../roles/notifier/options.ts";
import { Producer } from "../roles/producer/producer.ts";
import type { RestParts } from "../roles/producer/rest_work.ts";
import { SelfCheck } from "../roles/self_check/self_check.ts";
import { type SkipReason, Stream } from "../roles/stream/stream.ts";
import { traced } from "../roles/delivery/traced_channel.ts";
import { clockHealth } from "../telemetry/clock_health.ts";
import { Health } from "../telemetry/health.ts";
import { createRegistry } from "../telemetry/registry.ts";
import { Supervisor } from "./supervisor.ts";
import { watchLog } from "./watch_log.ts";

/** How long a role may take to stop, ms. */
const STOP_MS = 10_000;

/** What the five roles are made of. */
export interface EmbeddedOptions {
  readonly clock: SteadyClock;
  readonly log: EventLog;
  readonly series: SeriesStore;
  readonly channels: readonly Channel[];
  readonly source: TickSource;
  /** The symbols that are asked of the source, see {@link Producer}. */
  readonly symbols: "rules" | readonly string[] | undefined;
  /** What the producer asks the market's REST with, where there is one. */
  readonly rest?: RestParts;
  readonly directory: SymbolDirectory;
  readonly engine: WebAssembly.Module;
  readonly apiKey: string;
  /** The folder that mails go into; undefined where they are really sent. */
  readonly outbox: string | undefined;
  readonly control: Partial<ControlDeps>;
  readonly notifier: Partial<NotifierOptions>;
  readonly stream: {
    readonly windowMs: number;
    readonly graceMs: number;
    readonly maxAheadMs: number;
    readonly commitMs: number;
    /** Said with every alert where the box has a centre. */
    readonly mailer?: Mailer;
  };
  /** The centre that everything is sent on to. */
  readonly upstream?: Upstream;
  readonly consumer: { readonly batchPoints: number; readonly batchMs: number };
  readonly onAlert: (alert: Alert) => void;
}

/** What happened since the start. */
export interface StartTally {
  alerts: number;
  /** Sent by mail, and by other channels. */
  mails: number;
  others: number;
  /** Deliveries that ended otherwise than sent, by state and code. */
  readonly undelivered: Map<string, number>;
}

/** All five roles in one process. */
export class Embedded {
  readonly registry: Registry = createRegistry({ role: "start" });
  readonly health = new Health();
  readonly tally: StartTally = { alerts: 0, mails: 0, others: 0, undelivered: new Map() };
  readonly producer: Producer;
  readonly control: Control;
  readonly #options: EmbeddedOptions;
  readonly #clock: Clock;
  readonly #stream: Stream;
  readonly #consumer: Consumer;
  readonly #notifier: Notifier;
  readonly #selfCheck: SelfCheck;
  readonly #supervisor = new Supervisor();

  constructor(options: EmbeddedOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.health.watch("clock", clockHealth(options.clock));
    const shared = { log: options.log, clock: this.#clock, health: this.health, registry: this.registry };
    const random = Math.random;
    this.#stream = new Stream({
      ...shared,
      ...options.stream,
      random,
      module: options.engine,
      directory: options.directory,
      onAlert: (alert) => {
        this.tally.alerts++;
        options.onAlert(alert);
      },
    });
    this.#consumer = new Consumer({ ...shared, ...options.consumer, series: options.series });
    this.#notifier = new Notifier({
      ...shared,
      ...options.notifier,
      random,
      channels: options.channels.map(traced),
      onDelivery: (delivery) => this.#delivered(delivery),
    });
    this.#selfCheck = new SelfCheck({
      ...shared,
      ...options.stream,
      directory: options.directory,
      random,
      instance: crypto.randomUUID().slice(0, 8),
    });
    const { source, symbols, rest, stream: { maxAheadMs } } = options;
    this.producer = new Producer({ ...shared, source, random, symbols, rest, maxAheadMs });
    this.control = new Control({
      ...shared,
      ...options.control,
      series: options.series,
      directory: options.directory,
      inForce: (rules) => this.#stream.inForce(rules),
      consoleFiles,
      ...(options.outbox === undefined ? {} : { mails: new OutboxReader(options.outbox) }),
      rootKey: options.apiKey,
    });
  }

  /** Rejects when a role has failed. */
  get failed(): Promise<never> {
    return this.#supervisor.failed;
  }

  /** Starts everything but the feed; resolves when rules posted now come into force. */
  async startBehindFeed(): Promise<void> {
    const { log, directory } = this.#options;
    const references = new ReferenceBook(log, [directory]);
    this.#supervisor.start(
      "references",
      (signal) => references.run({ clock: this.#clock, random: Math.random, signal }),
    );
    const shared = { log, health: this.health, registry: this.registry, clock: this.#clock };
    this.#supervisor.start("log", (signal) => watchLog({ ...shared, random: Math.random }, signal));
    this.#supervisor.start("stream", (signal) => this.#stream.run(signal));
    this.#supervisor.start("consumer", (signal) => this.#consumer.run(signal));
    this.#supervisor.start("notifier", (signal) => this.#notifier.run(signal));
    this.#supervisor.start("self-check", (signal) => this.#selfCheck.run(signal));
    this.#supervisor.start("control", (signal) => this.control.run(signal));
    this.#startForwarder();
    await Promise.race([this.#ready(), this.failed]);
  }

  #startForwarder(): void {
    const { log, upstream } = this.#options;
    if (upstream === undefined) return;
    const { log: there, topics } = upstream;
    const forwarder = new Forwarder({
      log,
      upstream: there,
      prepare: (partitions) => upstream.prepare(partitions),
      topics,
      clock: this.#clock,
      random: Math.random,
      health: this.health,
    });
    this.#supervisor.start("forwarder", (signal) => forwarder.run(signal));
  }

  /** Starts the feed; resolves when it is at its end or stopped. */
  startFeed(): Promise<void> {
    return this.#supervisor.start("producer", (signal) => this.producer.run(signal));
  }

  /** Resolves when every trade has been evaluated and kept, and every alert has come to its end. */
  async drained(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { log } = this.#options;
      const behind = await lagOf(log, "stream", "trades") + await lagOf(log, "consumer", "trades") +
        await lagOf(log, "consumer", "quotes") + await lagOf(log, "consumer", "candles");
      if (behind === 0) break;
      await this.#clock.sleep(20, signal);
    }
    // What waits for a digest is sent now: nothing more will come.
    if (!signal.aborted) await Promise.race([this.#notifier.idle({ flush: true }), onceAborted(signal)]);
  }

  /**
   * Stops the roles, the feed first.
   *
   * @returns those that did not stop in time.
   */
  async stop(): Promise<string[]> {
    const late = await this.#supervisor.stop(STOP_MS);
    for (const channel of this.#options.channels) await channel.close();
    await this.#options.series.close();
    await this.#options.upstream?.log.close();
    await this.#options.log.close();
    return late;
  }

  /** Trades that could not fire, by reason. */
  skipped(): ReadonlyMap<SkipReason, number> {
    return this.#stream.skipped;
  }

  /** Records that the engine refused, by code. */
  rejected(): ReadonlyMap<string, number> {
    return this.#stream.rejected;
  }

  async #ready(): Promise<void> {
    await this.control.ready;
    while (!this.#startedBehindFeed()) await this.#clock.sleep(5);
  }

  #startedBehindFeed(): boolean {
    const { stream, notifier, consumer } = this.health.components();
    return [stream, notifier, consumer].every((component) => component?.state === "ready");
  }

  #delivered(delivery: Delivery): void {
    if (delivery.state === "sent") {
      this.tally[channelOf(delivery.recipient) === "mail" ? "mails" : "others"]++;
    }
    if (delivery.state !== "dead" && delivery.state !== "suppressed" && delivery.state !== "digested") return;
    const why = `${delivery.state}${delivery.code === undefined ? "" : ` (${delivery.code})`}`;
    this.tally.undelivered.set(why, (this.tally.undelivered.get(why) ?? 0) + 1);
  }
}

/** Resolves when the signal is aborted. */
export function onceAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
