import { RULES_READ_EVERY_MS, rulesReadRecord } from "../../books/rules_read.ts";
import type { Clock } from "../../core/clock.ts";
import { messageOf } from "../../core/errors.ts";
import type { EventLog } from "../../ports/event_log.ts";
import { logger } from "../../telemetry/log.ts";

const logging = logger("stream");

interface Reported {
  /** The rules before it are in force; undefined: the partition has been taken away. */
  offset: number | undefined;
  changed: boolean;
  /** The record that is under way. */
  writing: Promise<void> | undefined;
}

/**
 * Says on the status topic how far the rules of each partition are in force here, so that a control of another process
 * answers a change when it is. One record is under way for each partition; what changes meanwhile is said by the next.
 */
export class RulesReporter {
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #partitions = new Map<number, Reported>();

  constructor(options: { readonly log: EventLog; readonly clock: Clock }) {
    this.#log = options.log;
    this.#clock = options.clock;
  }

  /** The rules of a partition before `offset` are in force. */
  reached(partition: number, offset: number): void {
    this.#set(partition, offset);
  }

  /** The partition is evaluated here no more; resolves when that has been said, or could not be. */
  async left(partition: number): Promise<void> {
    this.#set(partition, undefined);
    await this.#partitions.get(partition)?.writing;
  }

  /** Says everything again every ten seconds: who reads it knows then that somebody evaluates. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(RULES_READ_EVERY_MS, signal);
      for (const [partition, { offset }] of this.#partitions) {
        if (offset !== undefined && !signal.aborted) this.#set(partition, offset);
      }
    }
  }

  #set(partition: number, offset: number | undefined): void {
    const reported = this.#partitions.get(partition) ?? { offset, changed: false, writing: undefined };
    this.#partitions.set(partition, reported);
    reported.offset = offset;
    reported.changed = true;
    reported.writing ??= this.#write(partition, reported);
  }

  async #write(partition: number, reported: Reported): Promise<void> {
    try {
      while (reported.changed) {
        reported.changed = false;
        await this.#log.append([
          rulesReadRecord({ partition, offset: reported.offset, at: this.#clock.now() }),
        ]);
      }
    } catch (thrown) {
      // It is said again within ten seconds; a log that is away has its own alarms.
      logging.debug("How far the rules of partition {partition} are read was not stored: {error}", {
        partition,
        error: messageOf(thrown),
      });
    } finally {
      reported.writing = undefined;
    }
  }
}
