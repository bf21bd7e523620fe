import { temporaryLog } from "../../tests/support/temporary_log.ts";
import { until } from "../../tests/support/until.ts";
import { systemClock } from "../core/clock.ts";
import { keepFresh } from "./keep_fresh.ts";
import { RecipientBook } from "./recipients.ts";

const kim = "kim@example.com";

Deno.test("what a writer that did not know of it wrote over is said again, for whoever reads the newest record alone", async () => {
  await using opened = await temporaryLog(1);
  const { log } = opened;
  const [one, stale] = [await RecipientBook.load(log), await RecipientBook.load(log)];
  const follower = await RecipientBook.load(log);
  const stop = new AbortController();
  const given = { log, clock: systemClock, random: Math.random, signal: stop.signal };
  const working = Promise.all([follower.follow(given), keepFresh(follower, given)]);
  await one.changeByHand(kim, { suppressed: true }, 1);
  await until(() => Promise.resolve(follower.suppression(kim) !== undefined), "the suppression to be read");
  await stale.changeByHand(kim, { quietHours: "22:00-07:30" }, 2);
  await until(async () => {
    const known = (await RecipientBook.load(log)).get(kim);
    return known?.suppression !== null && known?.quietHours === "22:00-07:30";
  }, "both to stand in the newest record");
  stop.abort();
  await working;
});
