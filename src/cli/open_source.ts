import { ReplaySource } from "../adapters/replay/replay_source.ts";
import { SimulatorSource } from "../adapters/simulator/simulator_source.ts";
import type { feedSettings } from "../config/feed.ts";
import type { Values } from "../config/setting.ts";
import type { Random } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import { InputError } from "../core/errors.ts";
import type { ListedSymbol } from "../market/directory.ts";
import type { EventLog } from "../ports/event_log.ts";
import type { TickSource } from "../ports/tick_source.ts";
import { lastTrades } from "../roles/log_tail.ts";

export type FeedConfig = Values<typeof feedSettings>;

/** What a source may need. */
export interface OpenSourceDeps {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly random: Random;
  /** The symbols of the simulated market. */
  readonly listing: readonly ListedSymbol[];
}

/**
 * The market feed that is configured. The simulated market goes on from the last trades of the log.
 *
 * @throws {InputError} when a setting that the source needs is missing.
 */
export async function openSource(config: FeedConfig, deps: OpenSourceDeps): Promise<TickSource> {
  const { clock, listing, log } = deps;
  switch (config.source) {
    case "simulator":
      return new SimulatorSource({
        listing,
        seed: config.seed,
        rate: config.rate,
        clock,
        last: await lastTrades(log),
      });
    case "replay":
      if (config.file === undefined) {
        throw missing("file", "a file to replay is needed: --source replay --file FILE");
      }
      return new ReplaySource({ path: config.file, speed: config.speed, clock });
    case "kis":
      throw missing("source", "kis is not ready");
  }
}

function missing(field: string, reason: string): InputError {
  return new InputError("bad_configuration", [{ field: `--${field}`, code: "missing", reason }]);
}
