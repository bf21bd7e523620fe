import { policyOf } from "../../alerts/delivery_policy.ts";
import type { Assignment, PartitionTask, RecordBatch } from "../../ports/event_log.ts";
import type { ComponentHealth } from "../../telemetry/health.ts";
import { appendUntil } from "../../books/append_until.ts";
import { ControlBook } from "../../books/control_book.ts";
import { openChannelsRecord } from "../../books/open_channels.ts";
import { RecipientBook } from "../../books/recipients.ts";
import { keepFresh } from "../../books/keep_fresh.ts";
import {
  type NotifierCensus,
  type NotifierMetrics,
  notifierMetrics,
} from "../../telemetry/notifier_metrics.ts";
import { ConsentAsker } from "./consent_asker.ts";
import { Dispatcher } from "./dispatcher.ts";
import { NotifierGate } from "./gate.ts";
import type { OpenDelivery } from "./open_delivery.ts";
import type { NotifierOptions } from "./options.ts";
import { NotifierPartition } from "./partition.ts";
import { type LedgerBudget, PartitionLedger } from "./partition_ledger.ts";

/** A message that is due for so long makes the role degraded, ms. */
const LATE_MS = 300_000;

/** What the partitions work with while the role runs. */
interface Parts {
  readonly gate: NotifierGate;
  readonly dispatcher: Dispatcher;
  readonly book: RecipientBook;
}

/**
 * The notifier role: alerts in, messages out, each alert at most once for each of its recipients. Any number of
 * processes share the partitions.
 *
 * @example
 * ```ts ignore
 * const notifier = new Notifier({ log, channels, clock: systemClock, random: Math.random });
 * await notifier.run(stop.signal);
 * ```
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #metrics: NotifierMetrics | undefined;
  readonly #budget: LedgerBudget;
  readonly #partitions = new Map<number, NotifierPartition>();
  readonly #stopped = new AbortController();
  readonly #parts = Promise.withResolvers<Parts>();
  #dispatcher: Dispatcher | undefined;
  #books: readonly { readonly failure: string | undefined }[] = [];
  #state: "starting" | "running" | "stopped" = "starting";

  constructor(options: NotifierOptions) {
    const { registry, health, openLimit = 500_000, contentLimit = 2_000 } = options;
    this.#options = options;
    this.#metrics = registry && notifierMetrics(registry, () => this.#census());
    this.#budget = { openLimit, contentLimit, open: 0, contents: 0 };
    health?.watch("notifier", () => this.#health());
  }

  /** Deliveries that are not at their end, in the partitions assigned here. */
  get openCount(): number {
    return this.#budget.open;
  }

  /** Deliveries whose content is in memory. */
  get contentCount(): number {
    return this.#budget.contents;
  }

  /** Works until the signal is aborted; then begins no more calls, lets those under way end, commits and leaves. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, clock, stormPerMinute = 30, consent, tenantPerDay = 0, recipientPerDay = 0, subjects } = this
      .#options;
    const stopped = this.#stopped.signal;
    const book = await RecipientBook.load(log);
    const control = await ControlBook.load(log);
    const { silences, webhooks, templates } = control;
    this.#books = [book, control];
    const followed = { clock, random: this.#options.random, signal: stopped };
    const gate = new NotifierGate({ book, silences, webhooks }, {
      stormPerMinute,
      perDay: { tenant: tenantPerDay, recipient: recipientPerDay },
      ...(consent === undefined ? {} : { consent }),
    });
    const asker = new ConsentAsker(book);
    const dispatcher = this.#dispatcher = new Dispatcher({
      ...this.#options,
      policy: policyOf(this.#options),
      metrics: this.#metrics,
      hush: (delivery) => gate.hush(delivery, clock.now()),
      endpoints: webhooks.find,
      style: (tenant) => ({ ...(subjects && { subjects }), template: templates.of(tenant) }),
      standing: (who) => gate.standing(who),
      asker,
      recipientsChanged: book.changed,
    });
    this.#parts.resolve({ gate, dispatcher, book });
    const names = this.#options.channels.map(({ channel }) => channel);
    await appendUntil([openChannelsRecord(names, clock.now())], { log, ...followed });
    const background = [
      dispatcher.run(stopped),
      asker.run(followed),
      keepFresh(book, { log, ...followed }),
      book.follow(followed),
      control.follow(followed),
    ];
    try {
      await this.#take(signal, [dispatcher.failed, ...background.map(failureOf)]);
    } finally {
      this.#state = "stopped";
      this.#stopped.abort();
      dispatcher.changed.notify();
      await Promise.allSettled(background);
    }
  }

  /**
   * Resolves when every alert that was in the log at the call is at its end, or waits for its recipient to agree. With `flush`, digests are made at once
   * instead of at their time. Only for a process that has every partition.
   */
  async idle(options: { flush?: boolean } = {}): Promise<void> {
    const { log } = this.#options;
    const { dispatcher } = await this.#parts.promise;
    const count = await log.partitions("alerts");
    const ends: number[] = [];
    for (let partition = 0; partition < count; partition++) {
      const { start, end } = await log.bounds("alerts", partition);
      ends.push(end > start ? end : 0);
    }
    const behind = () => ends.some((end, index) => (this.#partitions.get(index)?.position ?? -1) < end);
    const open = () => this.openCount - dispatcher.unconfirmedCount;
    while ((behind() || open() > 0) && !this.#stopped.signal.aborted) {
      const changed = dispatcher.changed.wait();
      if (options.flush && !behind()) await dispatcher.flush();
      await changed;
    }
  }

  /** Takes part in the group until the signal is aborted or something fails. */
  async #take(signal: AbortSignal, failures: readonly Promise<never>[]): Promise<void> {
    const { log, group = "notifier" } = this.#options;
    const member = await log.join({
      group,
      topics: ["alerts"],
      assigned: (assignment) => this.#assigned(assignment),
    });
    this.#state = "running";
    const leave = () => {
      this.#dispatcher?.halt();
      void member.leave();
    };
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    try {
      await Promise.race([member.done, ...failures]);
    } finally {
      signal.removeEventListener("abort", leave);
      await member.leave();
    }
  }

  async #assigned(assignment: Assignment): Promise<PartitionTask<RecordBatch>> {
    const { log, clock, random, commitMs = 250, drainMs = 8_000, rememberMs = 6 * 3_600_000 } = this.#options;
    const { partition: number, signal } = assignment;
    const budget = this.#budget;
    const policy = policyOf(this.#options);
    const ledger = new PartitionLedger({
      log,
      partition: number,
      clock,
      random,
      policy,
      budget,
      rememberMs,
      signal,
      lapsed: () => assignment.lapsed?.() ?? false,
    });
    const parts = { ...await this.#parts.promise, budget, metrics: this.#metrics };
    const { mailer = "centre" } = this.#options;
    const options = { log, clock, assignment, ledger, commitMs, drainMs, mailer, ...parts };
    const partition = new NotifierPartition(options);
    this.#partitions.set(number, partition);
    await partition.restore();
    return {
      handle: (batch) => partition.handle(batch),
      idle: () => partition.idle(),
      revoke: async () => {
        await partition.revoke();
        if (this.#partitions.get(number) === partition) this.#partitions.delete(number);
      },
    };
  }

  *#open(): Generator<OpenDelivery> {
    for (const { ledger } of this.#partitions.values()) yield* ledger.open();
  }

  /** How long the oldest message that is due has been waiting, ms. */
  #oldestMs(): number {
    const now = this.#options.clock.now();
    let oldest = now;
    for (const open of this.#open()) {
      // One that failed is due at its next try: what waits for a recipient's own trouble is nobody's alarm.
      const due = open.state === "pending" || open.state === "calling" ? open.since : open.due;
      oldest = Math.min(oldest, due);
    }
    return now - oldest;
  }

  /** The metrics that are looked up when they are asked for. */
  #census(): NotifierCensus {
    const now = this.#options.clock.monotonic();
    const open: Record<string, number> = {
      pending: 0,
      unconfirmed: 0,
      calling: 0,
      failed: 0,
      waiting: 0,
      gathered: 0,
    };
    for (const { state } of this.#open()) open[state] = (open[state] ?? 0) + 1;
    const lanes = [...this.#dispatcher?.lanes() ?? []].map((lane) => ({
      channel: lane.channel.channel,
      inFlight: lane.inFlight,
      paused: lane.paused(now),
      pausedRecipients: lane.pausedScopes(now),
    }));
    return { open, lanes, partitions: this.#partitions.size, oldestMs: this.#oldestMs() };
  }

  #health(): ComponentHealth {
    if (this.#state !== "running") {
      return { state: this.#state === "stopped" ? "down" : "starting", detail: this.#state };
    }
    const failure = this.#books.find((book) => book.failure !== undefined)?.failure;
    if (failure !== undefined) return { state: "down", detail: failure };
    const now = this.#options.clock.monotonic();
    const paused = [...this.#dispatcher?.lanes() ?? []].filter((lane) => lane.paused(now));
    const late = this.#oldestMs();
    const troubles = [
      ...(paused.length === 0
        ? []
        : [`waiting for ${paused.map(({ name }) => name).join(", ")}, which fails`]),
      ...[...this.#dispatcher?.unanswered() ?? []].map(([transport, why]) =>
        `${transport} does not answer: ${why}`
      ),
      ...(late < LATE_MS ? [] : [`the oldest message waits for ${Math.round(late / 60_000)} minutes`]),
    ];
    const detail = `${this.#partitions.size} partitions, ${this.openCount} deliveries open`;
    return { state: troubles.length === 0 ? "ready" : "degraded", detail: [detail, ...troubles].join("; ") };
  }
}

/** Rejects when the work fails, and never resolves. */
function failureOf(work: Promise<void>): Promise<never> {
  return new Promise((_, reject) => work.catch(reject));
}
