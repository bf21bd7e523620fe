import { KisSource } from "../adapters/kis/kis_source.ts";
import { replayRunOf, ReplaySource } from "../adapters/replay/replay_source.ts";
import { SimulatorSource } from "../adapters/simulator/simulator_source.ts";
import type { timeSettings } from "../config/common.ts";
import type { feedSettings } from "../config/feed.ts";
import type { Values } from "../config/setting.ts";
import type { Random } from "../core/backoff.ts";
import type { Clock } from "../core/clock.ts";
import { readFileText } from "../files/read_file.ts";
import { MarketCalendar } from "../market/calendar.ts";
import type { ListedSymbol } from "../market/directory.ts";
import { parseSymbol, type Symbol } from "../market/symbol.ts";
import type { EventLog } from "../ports/event_log.ts";
import type { TickSource } from "../ports/tick_source.ts";
import { lastTrades } from "../books/log_tail.ts";
import { kisAccount } from "./kis_account.ts";
import { publishedUpTo } from "../books/source_place.ts";
import { badSetting } from "./bad_setting.ts";

export type FeedConfig = Values<typeof feedSettings> & Partial<Values<typeof timeSettings>>;

/** What a source may need. */
export interface OpenSourceDeps {
  /** Read back for where the simulated market or a replay goes on; without it, it begins anew. */
  readonly log?: EventLog;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether NXT trades a symbol, undefined where it is not known. */
  readonly isOnNxt?: (symbol: Symbol) => boolean | undefined;
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
    case "simulator": {
      const last = log && await lastTrades(log);
      return new SimulatorSource({ listing, seed: config.seed, rate: config.rate, clock, last });
    }
    case "replay":
      if (config.file === undefined) {
        throw badSetting("--file", "is needed: --source replay --file FILE");
      }
      return await openReplay(config.file, config, deps);
    case "kis":
      return openKis(config, deps);
  }
}

/**
 * The symbols that are to be asked of the source: those that rules name, or those that are configured (`@FILE`: one a
 * line). Undefined: the source gives what it has.
 *
 * @throws {InputError} `bad_symbol` or `bad_configuration`.
 */
export async function symbolsOf(config: FeedConfig): Promise<"rules" | readonly Symbol[] | undefined> {
  if (config.source !== "kis") return undefined;
  if (config.symbols.length === 0 || config.symbols.includes("rules")) return "rules";
  return await symbolsNamed(config.symbols);
}

/**
 * The symbols of a list, each once: codes, and `@FILE` with one a line.
 *
 * @throws {InputError} `bad_symbol` or `bad_symbols_file`.
 */
export async function symbolsNamed(words: readonly string[]): Promise<readonly Symbol[]> {
  const lists = await Promise.all(
    words.map(async (word) => word.startsWith("@") ? await symbolsInFile(word.slice(1)) : [word]),
  );
  return [...new Set(lists.flat().map((symbol) => parseSymbol(symbol, "--symbols")))];
}

async function symbolsInFile(path: string): Promise<string[]> {
  const text = await readFileText({ path, kind: { code: "bad_symbols_file", what: "symbols file" } });
  const lines = text.split(/\r?\n/).filter((line) => !line.startsWith("#"));
  return lines.flatMap((line) => line.split(/[\s,]+/)).filter((word) => word !== "");
}

/** A replay, behind what the log has of it already: started again it publishes nothing twice. */
async function openReplay(
  path: string,
  { speed, maxAheadMs, replayAgain }: FeedConfig,
  { clock, log }: OpenSourceDeps,
): Promise<TickSource> {
  const run = await replayRunOf(path);
  const after = log === undefined || replayAgain ? undefined : await publishedUpTo(log, run);
  const source = new ReplaySource({
    path,
    speed,
    clock,
    run,
    ...(maxAheadMs === undefined ? {} : { maxAheadMs }),
    ...(after === undefined ? {} : { after }),
  });
  await source.check();
  return source;
}

function openKis(config: FeedConfig, { clock, random, isOnNxt }: OpenSourceDeps): TickSource {
  const { environment, apps } = kisAccount(config);
  if (!environment.complete && config.kisVenue !== "KRX" && config.kisVenue !== "auto") {
    throw badSetting("--kis-venue", "must be KRX: the paper environment has no other", config.kisVenue);
  }
  return new KisSource({
    environment,
    apps,
    ...(isOnNxt === undefined ? {} : { isOnNxt }),
    venue: environment.complete ? config.kisVenue : "KRX",
    tradesOnly: config.kisTradesOnly,
    allStatuses: config.kisAllStatuses,
    registrations: config.kisRegistrations,
    customerType: config.kisCustomerType,
    always: config.kisAlways,
    calendar: new MarketCalendar(config.holidays),
    clock,
    random,
  });
}
