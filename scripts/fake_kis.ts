/**
 * The fake KIS as a program: an approval endpoint, REST, and a WebSocket that streams the simulated market to whoever
 * subscribes. `deno task fake-kis [--port N] [--rate TRADES_PER_SECOND]`; it prints the settings to use it with.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { zipSync } from "fflate";
import { SimulatorSource } from "../src/adapters/simulator/simulator_source.ts";
import { systemClock } from "../src/core/clock.ts";
import { LISTING } from "../src/market/listing.ts";
import { masterFile } from "../tests/support/master_file.ts";
import { FakeKis } from "../tests/support/fake_kis.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "29443" },
    rate: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
  },
});
const GROUPS: Readonly<Record<string, string>> = { stock: "ST", etf: "EF", etn: "EN" };
const apps = { "fake-app-key-1": "fake-app-secret-1", "fake-app-key-2": "fake-app-secret-2" };
const fake = new FakeKis({ apps, port: Number(values.port) });
for (const { symbol, name, nameEn, basePrice } of LISTING) {
  fake.rest.know(symbol, { name, nameEn, basePrice });
}
for (const market of ["KOSPI", "KOSDAQ"] as const) {
  const rows = LISTING.filter((listed) => listed.market === market).map((listed) => ({
    code: listed.symbol,
    name: listed.name,
    basePrice: listed.basePrice,
    group: GROUPS[listed.type] ?? "ST",
  }));
  const file = `${market.toLowerCase()}_code.mst`;
  fake.rest.master(`${file}.zip`, new Uint8Array(zipSync({ [file]: masterFile(market, rows) })));
}
const stop = new AbortController();
Deno.addSignalListener("SIGINT", () => stop.abort());
console.log(`Fake KIS. Use it with:

  export TICKBELL_KIS_APP_KEYS=${Object.keys(apps).join(",")}
  export TICKBELL_KIS_APP_SECRETS=${Object.values(apps).join(",")}
  deno task tickbell producer --source kis --symbols 005930,000660 --kis-always \\
    --kis-rest-url ${fake.restUrl} --kis-socket-url ${fake.socketUrl}
`);
const market = new SimulatorSource({
  listing: LISTING,
  seed: Number(values.seed),
  rate: Number(values.rate),
  clock: systemClock,
});
const decoder = new TextDecoder();
for await (const events of market.events(stop.signal)) {
  for (const event of events) {
    if (event.type !== "frame") continue;
    const text = decoder.decode(event.bytes);
    const [, trId = "", , payload = ""] = text.split("|", 4);
    fake.sendTo(trId, payload.slice(0, payload.indexOf("^")), text);
  }
}
await fake.close();
