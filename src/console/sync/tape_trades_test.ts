import { expect } from "expect";
import { VirtualClock } from "../../core/clock.ts";
import type { Trade } from "../../market/trade.ts";
import { trade } from "../fixture.ts";
import { tapeTrades } from "./tape_trades.ts";

const NOW = Date.UTC(2026, 10, 23, 0, 47);

/** The times of each answer of a store, in seconds, that is behind by so many; a trade comes each second. */
async function answers(behindSeconds: number, endsAfterMs = Infinity): Promise<readonly number[]> {
  const clock = new VirtualClock(NOW);
  const ended = new AbortController();
  void clock.sleep(endsAfterMs).then(() => ended.abort());
  const stored = () => trade({ eventTime: clock.now() - behindSeconds * 1_000 });
  const asked = tapeTrades({
    client: { trades: () => Promise.resolve([stored()]) },
    symbol: "005930",
    newest: trade({ eventTime: NOW }),
    signal: ended.signal,
    clock,
  });
  const found: (readonly Trade[])[] = [];
  const all = (async () => {
    for await (const trades of asked) found.push(trades);
  })();
  await clock.advance(60_000);
  await all;
  return found.map((trades) => (trades[0]!.eventTime - NOW) / 1_000);
}

Deno.test("the tape is fetched until what the page had heard is stored, however many trades come meanwhile", async () => {
  expect(await answers(0)).toEqual([0]);
  expect(await answers(2)).toEqual([-2, -1, 0]);
});

Deno.test("a store that is far behind is left alone in the end, and one that nobody waits for at once", async () => {
  expect(await answers(100)).toHaveLength(6);
  expect(await answers(100, 1_500)).toHaveLength(2);
});
