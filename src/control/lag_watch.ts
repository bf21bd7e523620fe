import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import type { EventLog } from "../ports/event_log.ts";
import { lagOf } from "../books/lag.ts";
import { logger } from "../telemetry/log.ts";

const logging = logger("control");

/** The groups that are shown, and what they read. */
const READERS = [["stream", "trades"], ["consumer", "trades"], ["notifier", "alerts"]] as const;
/** What was read so recently still counts, ms. */
const FRESH_MS = 1_000;
/** How long an answer waits for the log, ms; after that the last figures are shown. */
const PATIENCE_MS = 1_000;

/** Records that a role has not done yet. */
export interface RoleLag {
  readonly role: string;
  readonly records: number;
}

/** The roles' lag, read from the log when it is asked for; a log that is away delays no answer for long. */
export class LagWatch {
  readonly #log: EventLog;
  readonly #clock: Clock;
  #lag: readonly RoleLag[] = [];
  #readAt = -Infinity;
  #reading: Promise<void> | undefined;

  constructor(options: { readonly log: EventLog; readonly clock: Clock }) {
    this.#log = options.log;
    this.#clock = options.clock;
  }

  /** The lag now, or when it could last be read. Empty before that. */
  async lag(): Promise<readonly RoleLag[]> {
    if (this.#clock.monotonic() - this.#readAt >= FRESH_MS) {
      this.#reading ??= this.#read().finally(() => this.#reading = undefined);
      await this.#patiently(this.#reading);
    }
    return this.#lag;
  }

  async #patiently(reading: Promise<void>): Promise<void> {
    const done = new AbortController();
    await Promise.race([reading, this.#clock.sleep(PATIENCE_MS, done.signal)]);
    done.abort();
  }

  async #read(): Promise<void> {
    try {
      this.#lag = await Promise.all(
        READERS.map(async ([role, topic]) => ({ role, records: await lagOf(this.#log, role, topic) })),
      );
      this.#readAt = this.#clock.monotonic();
    } catch (thrown) {
      logging.warn("cannot read the roles' lag: {error}", { error: messageOf(thrown) });
    }
  }
}
