import { StormBreaker } from "../../alerts/gate.ts";
import type { Delivery } from "../../alerts/ledger.ts";
import type { Assignment, PartitionTask, RecordBatch } from "../../ports/event_log.ts";
import { RecipientBook } from "../../books/recipients.ts";
import { SilenceBook } from "../../books/silences.ts";
import {
  type NotifierCensus,
  type NotifierMetrics,
  notifierMetrics,
} from "../../telemetry/notifier_metrics.ts";
import { DueQueue } from "../../core/due_queue.ts";
import { HeldDeliveries } from "./held_deliveries.ts";
import { Deliverer } from "./deliverer.ts";
import { DigestDesk } from "./digests.ts";
import { hushOf, keepFresh } from "./hush.ts";
import type { Lane } from "./lane.ts";
import { Lanes } from "./lanes.ts";
import { NotifierPartition, type PartitionShared } from "./partition.ts";
import type { NotifierOptions } from "./options.ts";
import type { OpenDelivery } from "./open_delivery.ts";

/** A timer may not be set for longer. */
const LONGEST_SLEEP_MS = 24 * 3_600_000;

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
  readonly #partitions = new Map<number, NotifierPartition>();
  readonly #lanes: Lanes;
  readonly #later = new DueQueue<OpenDelivery>();
  readonly #held: HeldDeliveries;
  readonly #digests: DigestDesk;
  readonly #stopped = new AbortController();
  readonly #failed = Promise.withResolvers<never>();
  #shared: PartitionShared | undefined;
  #deliverer: Deliverer | undefined;
  #wake: () => void = () => {};
  #watchers: (() => void)[] = [];
  #state: "starting" | "running" | "stopped" = "starting";

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#metrics = options.registry && notifierMetrics(options.registry, () => this.#census());
    this.#held = new HeldDeliveries(options.heldLimit ?? 2_000);
    this.#failed.promise.catch(() => {});
    this.#lanes = new Lanes({
      channels: options.channels,
      clock: options.clock,
      random: options.random,
      concurrency: options.concurrency ?? 64,
      signal: this.#stopped.signal,
      deliver: (open, lane) => this.#deliver(open, lane),
    });
    this.#digests = new DigestDesk({
      clock: options.clock,
      ledgerOf: (partition) => {
        const held = this.#partitions.get(partition);
        return held === undefined || held.revoked ? undefined : held.ledger;
      },
      made: (digest) => this.#forward(digest),
      later: (open) => this.#putOff(open),
    });
    options.health?.watch("notifier", () => this.#health());
  }

  /** Deliveries that are not at their end, in the partitions held here. */
  get openCount(): number {
    let count = 0;
    for (const partition of this.#partitions.values()) count += partition.ledger.openCount;
    return count;
  }

  /** Deliveries whose content is in memory. */
  get heldCount(): number {
    return this.#held.size;
  }

  /** Works until the signal is aborted; then begins no more calls, lets those under way end, commits and leaves. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const { signal: stopped } = this.#stopped;
    const book = await RecipientBook.load(this.#options.log);
    const silences = await SilenceBook.load(this.#options.log);
    const hushed = (delivery: Delivery) => hushOf(delivery, { book, silences, now: clock.now() });
    this.#shared = this.#share(book, hushed);
    this.#deliverer = this.#makeDeliverer(hushed);
    const background = [
      this.#watchTime(),
      this.#lanes.watchLimits(),
      keepFresh(book, clock, stopped),
      book.follow(stopped),
      silences.follow(stopped),
    ];
    for (const work of background) work.catch((error) => this.#failed.reject(error));
    const member = await this.#options.log.join({
      group: this.#options.group ?? "notifier",
      topics: ["alerts"],
      assigned: (assignment) => this.#assigned(assignment),
    });
    this.#state = "running";
    const leave = () => {
      this.#lanes.halt();
      void member.leave();
    };
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    try {
      await Promise.race([member.done, this.#failed.promise]);
    } finally {
      signal.removeEventListener("abort", leave);
      await member.leave();
      this.#state = "stopped";
      this.#stopped.abort();
      this.#wake();
      this.#moved();
      await Promise.allSettled(background);
    }
  }

  /**
   * Resolves when every alert that was in the log at the call is at its end. With `flush`, digests are made at once
   * instead of at their time. Only for a process that holds every partition.
   */
  async settled(options: { flush?: boolean } = {}): Promise<void> {
    const { log: eventLog } = this.#options;
    const count = await eventLog.partitions("alerts");
    const ends: number[] = [];
    for (let partition = 0; partition < count; partition++) {
      const { start, end } = await eventLog.bounds("alerts", partition);
      ends.push(end > start ? end : 0);
    }
    const behind = () => ends.some((end, index) => (this.#partitions.get(index)?.position ?? -1) < end);
    while ((behind() || this.openCount > 0) && !this.#stopped.signal.aborted) {
      const moved = new Promise<void>((resolve) => this.#watchers.push(resolve));
      if (options.flush && !behind()) await this.#flush();
      await moved;
    }
  }

  /** Something has changed: whoever waits for everything to settle looks again. */
  #moved(): void {
    for (const look of this.#watchers.splice(0)) look();
  }

  async #flush(): Promise<void> {
    for (const recipient of this.#digests.recipients) await this.#gather(recipient, Infinity);
  }

  async #assigned(assignment: Assignment): Promise<PartitionTask<RecordBatch>> {
    const partition = new NotifierPartition(this.#shared as PartitionShared, assignment);
    this.#partitions.set(assignment.partition, partition);
    await partition.restore();
    return {
      handle: (batch) => partition.handle(batch),
      idle: () => partition.idle(),
      revoke: async () => {
        await partition.revoke();
        if (this.#partitions.get(assignment.partition) === partition) {
          this.#partitions.delete(assignment.partition);
        }
      },
    };
  }

  #share(book: RecipientBook, hushed: PartitionShared["hushed"]): PartitionShared {
    const { rememberMs = 6 * 3_600_000, commitMs = 250, drainMs = 8_000 } = this.#options;
    return {
      log: this.#options.log,
      clock: this.#options.clock,
      random: this.#options.random,
      hushed,
      book,
      storm: new StormBreaker(this.#options.stormPerMinute ?? 30),
      held: this.#held,
      unknown: this.#options.unknown ?? "resend",
      metrics: this.#metrics,
      rememberMs,
      commitMs,
      drainMs,
      laneFor: (open) => this.#lanes.get(open),
      later: (open) => this.#putOff(open),
      waits: (open) => {
        this.#digests.add(open);
        this.#putOff(open);
      },
      room: (signal) => this.#room(signal),
      moved: () => this.#moved(),
      forgot: () => this.#forgot(),
      changed: (delivery) => this.#changed(delivery),
    };
  }

  #makeDeliverer(hushed: PartitionShared["hushed"]): Deliverer {
    const { maxAttempts = 15, retry, callTimeoutMs = 30_000, unknown = "resend", compose } = this.#options;
    return new Deliverer({
      clock: this.#options.clock,
      random: this.#options.random,
      hushed,
      maxAttempts,
      retry: retry ?? { baseMs: 1_000, capMs: 150_000 },
      callTimeoutMs,
      unknown,
      links: this.#options.links ?? (() => Promise.resolve({})),
      ...(compose === undefined ? {} : { compose }),
      metrics: this.#metrics,
      later: (open) => this.#putOff(open),
    });
  }

  async #deliver(open: OpenDelivery, lane: Lane): Promise<void> {
    const partition = this.#partitions.get(open.partition);
    if (partition === undefined || open.forgotten) return lane.release();
    const work = (this.#deliverer as Deliverer).deliver(open, lane, partition);
    partition.track(work);
    try {
      await work;
    } catch (error) {
      this.#failed.reject(error);
    }
  }

  /** Something changes at `open.due`, or now. */
  #putOff(open: OpenDelivery): void {
    const next = this.#later.nextDue;
    this.#later.push(open);
    if (next === undefined || open.due < next) this.#wake();
  }

  /** Its time has come. */
  #forward(open: OpenDelivery): void {
    if (open.forgotten) return;
    if (open.state === "waiting") {
      void this.#gather(open.recipient, this.#options.clock.now());
      return;
    }
    if (open.state !== "pending" && open.state !== "failed" && open.state !== "calling") return;
    const lane = this.#lanes.get(open);
    if (lane === undefined) void this.#deliverNowhere(open);
    else lane.push(open);
  }

  /** A delivery of the ledger whose channel is configured no longer. */
  async #deliverNowhere(open: OpenDelivery): Promise<void> {
    const partition = this.#partitions.get(open.partition);
    if (partition === undefined) return;
    const work = (this.#deliverer as Deliverer).buryUnread(open, partition.ledger, {
      code: "no_channel",
      reason: `no ${open.channel} channel is configured`,
    });
    partition.track(work);
    await work.catch((error) => this.#failed.reject(error));
  }

  async #gather(recipient: string, dueBy: number): Promise<void> {
    const work = this.#digests.gather(recipient, dueBy);
    for (const partition of this.#partitions.values()) partition.track(work);
    try {
      await work;
    } catch (error) {
      this.#failed.reject(error);
    }
  }

  /** Waits while too much is open; what is open is worked on meanwhile. */
  async #room(signal: AbortSignal): Promise<void> {
    const limit = this.#options.openLimit ?? 500_000;
    while (this.openCount > limit && !signal.aborted) await this.#options.clock.sleep(100, signal);
  }

  #forgot(): void {
    this.#moved();
    this.#later.keep((open) => !open.forgotten);
    this.#digests.sweep();
  }

  #changed(delivery: Delivery): void {
    const { channel, state } = delivery;
    if (state !== "calling" && state !== "pending" && state !== "gathered") {
      const transport = delivery.transport ?? this.#lanes.transportOf(channel) ?? "none";
      this.#metrics?.outcomes.inc({ channel, transport, outcome: state });
    }
    this.#options.onDelivery?.(delivery);
    this.#moved();
  }

  /** Moves what is due, and sleeps until the next. */
  async #watchTime(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      for (let open = this.#later.takeDue(clock.now()); open; open = this.#later.takeDue(clock.now())) {
        this.#forward(open);
      }
      const turn = new AbortController();
      this.#wake = () => turn.abort("woken");
      const wait = (this.#later.nextDue ?? Infinity) - clock.now();
      await clock.sleep(Math.min(LONGEST_SLEEP_MS, wait), turn.signal);
    }
  }

  /** The metrics that are looked up when they are asked for. */
  #census(): NotifierCensus {
    const open: Record<string, number> = { pending: 0, calling: 0, failed: 0, waiting: 0, gathered: 0 };
    for (const partition of this.#partitions.values()) {
      for (const delivery of partition.ledger.open()) open[delivery.state] = (open[delivery.state] ?? 0) + 1;
    }
    const lanes = this.#lanes.all().map(({ name, inFlight, paused }) => ({ name, inFlight, paused }));
    return { open, lanes, partitions: this.#partitions.size };
  }

  #health() {
    if (this.#state !== "running") {
      return {
        state: this.#state === "stopped" ? "down" as const : "starting" as const,
        detail: this.#state,
      };
    }
    const paused = this.#lanes.all().filter((lane) => lane.paused).map((lane) => lane.name);
    const detail = `${this.#partitions.size} partitions, ${this.openCount} deliveries open`;
    return paused.length === 0
      ? { state: "ready" as const, detail }
      : { state: "degraded" as const, detail: `${detail}; waiting for ${paused.join(", ")}, which fails` };
  }
}
