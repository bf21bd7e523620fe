import { Producer } from "../../roles/producer/producer.ts";
import { nxtFlags, openRestParts } from "../open_rest_parts.ts";
import { openSource, symbolsOf } from "../open_source.ts";
import { loadListing } from "../wiring.ts";
import { runRole } from "../role_process.ts";
import type { RoleContext } from "../role_settings.ts";

/** Runs the role `tickbell producer` as a process. */
export function runProducer(context: RoleContext<"producer">): Promise<number> {
  return runRole("producer", context, async ({ log, clock, random, health, registry }) => {
    const { config } = context;
    const listing = await loadListing(config.symbolsFile);
    const rest = await openRestParts(config, { log, clock, random });
    const source = await openSource(config, { log, clock, random, listing, isOnNxt: nxtFlags(rest) });
    const symbols = await symbolsOf(config);
    const { maxAheadMs } = config;
    return new Producer({ log, source, clock, random, health, registry, symbols, rest, maxAheadMs });
  });
}
