import { expect } from "expect";
import { feedSettings } from "../config/feed.ts";
import { loadConfig } from "../config/load.ts";
import { systemClock } from "../core/clock.ts";
import { LISTING } from "../market/listing.ts";
import { openSource, symbolsOf } from "./open_source.ts";

const deps = { clock: systemClock, random: Math.random, listing: LISTING };

function config(flags: Record<string, string>) {
  return loadConfig(feedSettings, { flags, env: {} });
}

Deno.test("the simulated market is the default, at 50 trades a second", async () => {
  const source = await openSource(config({}), deps);
  expect(source.status().detail).toBe(`simulating ${LISTING.length} symbols at 50 trades/s, seed 1`);
  const fast = await openSource(config({ rate: "max" }), deps);
  expect(fast.status().detail).toContain("as fast as possible");
  expect((await openSource(config({ rate: "0" }), deps)).status().detail).toContain("as fast as possible");
});

Deno.test("a replay needs a file that begins as one", async () => {
  await expect(openSource(config({ source: "replay" }), deps)).rejects.toThrow("--file: is needed");
  await expect(openSource(config({ source: "replay", file: "/no/such" }), deps)).rejects.toThrow(
    "no such file",
  );
  const binary = Deno.execPath();
  await expect(openSource(config({ source: "replay", file: binary }), deps)).rejects.toThrow(
    /Cannot read replay file .*line 1/,
  );
});

Deno.test("KIS needs as many secrets as app keys, and neither is shown", async () => {
  const kis = { source: "kis", kisAppKeys: "key-one,key-two" };
  await expect(openSource(config({ source: "kis" }), deps)).rejects.toThrow("--kis-app-keys: is needed");
  const failure = openSource(config({ ...kis, kisAppSecrets: "secret-one" }), deps);
  await expect(failure).rejects.toThrow("--kis-app-secrets: must be as many as the app keys: 2, got 1");
  await failure.catch((error) => expect(error.message).not.toMatch(/key-one|secret-one/));
  const paper = { ...kis, kisAppSecrets: "a,b", kisEnvironment: "paper", kisVenue: "NXT" };
  await expect(openSource(config(paper), deps)).rejects.toThrow("--kis-venue: must be KRX");
  const source = await openSource(config({ ...kis, kisAppSecrets: "a,b" }), deps);
  expect(source.status().detail).toContain("KIS real: 0 of 2 sessions");
});

Deno.test("keys in a file may stand one a line", () => {
  const env = { TICKBELL_KIS_APP_KEYS_FILE: "/run/secrets/keys" };
  const read = loadConfig(feedSettings, { flags: {}, env, readText: () => "key-one\nkey-two\n" });
  expect(read.kisAppKeys).toEqual(["key-one", "key-two"]);
});

Deno.test("symbols are those of the rules, a list, or a file; a bad one is refused", async () => {
  const of = (symbols: string) => symbolsOf(config({ source: "kis", symbols }));
  expect(await symbolsOf(config({}))).toBeUndefined();
  expect(await of("")).toBe("rules");
  expect(await of("rules")).toBe("rules");
  expect(await of("005930,000660,005930")).toEqual(["005930", "000660"]);
  await expect(of("5930")).rejects.toThrow("--symbols: must be six characters of 0-9 and A-Z");
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, "005930\n000660, Q530036\n");
  expect(await of(`035420,@${file}`)).toEqual(["035420", "005930", "000660", "Q530036"]);
  await Deno.remove(file);
  await expect(of(`@${file}`)).rejects.toThrow("there is no such file");
});
