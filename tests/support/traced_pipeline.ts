/**
 * What tests/trace_test.ts runs in a process of its own with OTEL_DENO=true: a trade through the stream and the notifier
 * to a webhook's place, which is this program's own server. Prints the alert id.
 *
 * @module
 */
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { systemClock } from "../../src/core/clock.ts";
import { compileEngine } from "../../src/engine/engine.ts";
import { SymbolDirectory } from "../../src/market/directory.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { Channel } from "../../src/ports/channel.ts";
import { Notifier } from "../../src/roles/notifier/notifier.ts";
import { Stream } from "../../src/roles/stream/stream.ts";
import { traced } from "../../src/roles/delivery/traced_channel.ts";
import { placementKey } from "../../src/rules/rule.ts";
import { encodeRule } from "../../src/rules/codec.ts";
import { tradeOf } from "../contract/series_store.ts";
import { ruleOf } from "./rules.ts";

const now = Date.now();
const rule = ruleOf({ id: "traced", value: "1", createdAt: now, updatedAt: now });

const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  () => new Response("taken"),
);
const alertId = Promise.withResolvers<string>();
/** A channel that makes one HTTP call, as SES does. */
const channel: Channel = {
  channel: "mail",
  transport: "test",
  async send(message) {
    await (await fetch(`http://127.0.0.1:${server.addr.port}/v2/email`)).text();
    alertId.resolve(message.alerts[0]?.id ?? "");
    return { providerId: "1" };
  },
  close: () => Promise.resolve(),
};

const log = await openSqliteLog({ path: ":memory:", partitions: 1, clock: systemClock });
const module = await compileEngine(
  await Deno.readFile(new URL("../../wasm/build/engine.wasm", import.meta.url)),
);
const shared = { log, clock: systemClock, random: Math.random };
const stream = new Stream({ ...shared, module, directory: new SymbolDirectory([]) });
const notifier = new Notifier({ ...shared, channels: [traced(channel)] });
await log.append([{
  topic: "rules",
  key: rule.id,
  placement: placementKey(rule),
  value: encodeRule(rule),
  timestamp: now,
}]);
const stop = new AbortController();
const running = [stream.run(stop.signal), notifier.run(stop.signal)];
const trade = tradeOf({ eventTime: now });
await log.append([{ topic: "trades", key: trade.symbol, value: encodeTrade(trade), timestamp: now }]);
console.log(await alertId.promise);
stop.abort();
await Promise.all(running);
await log.close();
await server.shutdown();
