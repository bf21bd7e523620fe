import type { Random } from "../../src/core/backoff.ts";
import type { Clock } from "../../src/core/clock.ts";
import { OutsideError } from "../../src/core/errors.ts";
import { unpack } from "../../src/core/record_pack.ts";
import type { Channel, OutgoingMessage, Receipt } from "../../src/ports/channel.ts";
import type {
  Assignment,
  EventLog,
  JoinOptions,
  Membership,
  NewRecord,
  PartitionTask,
  Topic,
} from "../../src/ports/event_log.ts";

/** How often things go wrong, each from 0 to 1, at every effect a process has on the world outside. */
export interface FaultRates {
  /** The process is killed just before, or just after, an effect. */
  readonly crash: number;
  /** The effect fails; half of the time it has happened all the same and only the answer is lost. */
  readonly fail: number;
}

/** Rules and alerts are few and matter most: the writes that carry them are hit so much more often. */
const PRECIOUS: readonly Topic[] = ["rules", "alerts"];
const PRECIOUS_WEIGHT = 8;

/** What happens to the process at an effect. */
type Fault = "crash_before" | "crash_after" | "fail_before" | "fail_after";

/**
 * A process that can be killed as kill -9 does it: from one moment to the next nothing it does reaches the log, the
 * clock or the mail service any more, and nothing it waits for ever comes. What it had written stays; what it had not
 * committed is handed out again. Its partitions go to the others as after a session's timeout: when what was on its way
 * to the log has arrived. Those of a zombie go at once, so what it still writes arrives after its heir has begun.
 */
export class SimProcess {
  readonly name: string;
  readonly log: EventLog;
  readonly clock: Clock;
  /** Called with records that have been written, acknowledged or not. */
  onWritten: (records: readonly NewRecord[]) => void = () => {};
  /** Called with records that have been written though the process heard otherwise, or had died meanwhile. */
  onUnanswered: (records: readonly NewRecord[]) => void = () => {};
  rates: FaultRates;
  #dead = false;
  readonly #random: Random;
  readonly #killed = new AbortController();
  readonly #deadEnd: Promise<void>;
  readonly #members = new Set<Membership>();
  readonly #zombie: boolean;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(options: {
    name: string;
    log: EventLog;
    clock: Clock;
    random: Random;
    rates: FaultRates;
    zombie: boolean;
  }) {
    this.name = options.name;
    this.#zombie = options.zombie;
    this.rates = options.rates;
    this.#random = options.random;
    this.#deadEnd = new Promise((resolve) =>
      this.#killed.signal.addEventListener("abort", () => resolve(), { once: true })
    );
    this.clock = {
      now: () => options.clock.now(),
      monotonic: () => options.clock.monotonic(),
      // The machine's clock has whole milliseconds.
      sleep: (ms, signal) => this.#alive(() => options.clock.sleep(Math.ceil(ms), signal)),
    };
    this.log = this.#wrapLog(options.log);
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Aborted when the process is killed. */
  get killed(): AbortSignal {
    return this.#killed.signal;
  }

  /** Kills the process. */
  crash(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#killed.abort();
    void this.#handOver();
  }

  async #handOver(): Promise<void> {
    if (!this.#zombie) await Promise.allSettled([...this.#underWay]);
    for (const member of this.#members) void member.leave().catch(() => {});
  }

  /** A channel whose calls can be cut off by a crash; a mail that went out before stays out. */
  channel(real: Channel): Channel {
    const send = (message: OutgoingMessage, signal: AbortSignal): Promise<Receipt> =>
      this.#effect(() => real.send(message, signal), { failing: false });
    return { channel: real.channel, transport: real.transport, send, close: () => Promise.resolve() };
  }

  /** Hands on the result of what is waited for, unless the process has died meanwhile: then never. */
  async #alive<T>(work: () => Promise<T>): Promise<T> {
    if (this.#dead) return await never();
    try {
      return await work();
    } finally {
      if (this.#dead) await never();
    }
  }

  /** Something that changes the world, with what may go wrong around it. */
  async #effect<T>(
    work: () => Promise<T>,
    { failing, weight = 1, unanswered = () => {} }: {
      failing: boolean;
      weight?: number;
      unanswered?: () => void;
    },
  ): Promise<T> {
    return await this.#alive(async () => {
      const fault = this.#draw(failing, weight);
      if (fault === "crash_before") this.crash();
      if (fault === "fail_before") throw lost();
      if (this.#dead) return await never();
      const result = await work();
      // Killed while the effect was under way, it came about all the same: what a zombie still does.
      if (this.#dead || fault === "fail_after") unanswered();
      if (fault === "crash_after") this.crash();
      if (fault === "fail_after") throw lost();
      return result;
    });
  }

  #draw(failing: boolean, weight: number): Fault | undefined {
    const crash = this.rates.crash * weight;
    const fail = this.rates.fail * weight;
    const roll = this.#random();
    const early = this.#random() < 0.5;
    if (roll < crash) return early ? "crash_before" : "crash_after";
    if (failing && roll < crash + fail) return early ? "fail_before" : "fail_after";
    return undefined;
  }

  #wrapLog(real: EventLog): EventLog {
    return {
      partitions: (topic) => this.#alive(() => real.partitions(topic)),
      partitionOf: (topic, placement) => this.#alive(() => real.partitionOf(topic, placement)),
      bounds: (topic, partition) => this.#alive(() => real.bounds(topic, partition)),
      committed: (group, topic, partition) => this.#alive(() => real.committed(group, topic, partition)),
      append: (records) => this.#append(records, () => real.append(records)),
      appendPack: (place, pack) => {
        const records = unpack(pack).map((record) => ({ topic: place.topic, ...record }));
        return this.#append(records, () => real.appendPack(place, pack));
      },
      join: (options) => this.#join(options, (wrapped) => real.join(wrapped)),
      joinRaw: (options) => this.#join(options, (wrapped) => real.joinRaw(wrapped)),
      read: (options) => this.#read(real, options),
      gaps: () => real.gaps(),
      health: () => real.health(),
      close: () => Promise.resolve(),
    };
  }

  #append<T>(records: readonly NewRecord[], append: () => Promise<T>): Promise<T> {
    const write = async () => {
      const appending = append().finally(() => this.#underWay.delete(appending));
      this.#underWay.add(appending);
      const positions = await appending;
      this.onWritten(records);
      return positions;
    };
    const weight = records.some(({ topic }) => PRECIOUS.includes(topic)) ? PRECIOUS_WEIGHT : 1;
    return this.#effect(write, { failing: true, weight, unanswered: () => this.onUnanswered(records) });
  }

  async *#read(real: EventLog, options: Parameters<EventLog["read"]>[0]): ReturnType<EventLog["read"]> {
    const { signal: killed } = this.#killed;
    const signal = options.signal === undefined ? killed : AbortSignal.any([options.signal, killed]);
    for await (const batch of real.read({ ...options, signal })) {
      if (this.#dead) await never();
      yield batch;
    }
    if (this.#dead) await never();
  }

  async #join<B>(
    options: JoinOptions<B>,
    join: (options: JoinOptions<B>) => Promise<Membership>,
  ): Promise<Membership> {
    return await this.#alive(async () => {
      const member = await join({
        ...options,
        assigned: async (assignment) => {
          const assigned = options.assigned(this.#assignment(assignment));
          return this.#task(await Promise.race([assigned, this.#deadEnd]));
        },
      });
      this.#members.add(member);
      member.done.catch(() => {});
      if (this.#dead) void member.leave();
      return {
        get assignments() {
          return member.assignments;
        },
        leave: () => this.#alive(() => member.leave()),
        done: this.#alive(() => member.done),
      };
    });
  }

  #assignment(assignment: Assignment): Assignment {
    const commit: Assignment["commit"] = (position) =>
      this.#effect(() => assignment.commit(position), { failing: true });
    return { ...assignment, signal: assignment.signal, commit };
  }

  /** The log's side of a task: a dead process answers nothing, and its partition is taken away all the same. */
  #task<B>(task: PartitionTask<B> | void): PartitionTask<B> {
    const untilDead = async (work: Promise<void> | undefined) => {
      work?.catch(() => {});
      await Promise.race([work, this.#deadEnd]);
    };
    const call = (method: () => Promise<void> | undefined) =>
      this.#dead || task === undefined ? Promise.resolve() : untilDead(method());
    return {
      handle: (batch) => call(() => task?.handle(batch)),
      idle: () => call(() => task?.idle?.()),
      revoke: () => call(() => task?.revoke()),
    };
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}

function lost(): OutsideError {
  return new OutsideError("simulated", "the answer was lost", { retryable: true });
}
