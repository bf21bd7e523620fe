import { expect } from "expect";
import { DESK, type Desk, openDesk, shoot } from "./desk.ts";
import { startReplay } from "./replays.ts";

/** A feed that is silent is said to be, and since when; a replay at its end says so; no price without a trade. */
export async function deadAndEnded(desk: Desk): Promise<void> {
  const at = [0, 1_000, 2_000, 50_000];
  const trades = at.map((at, index) => ({ symbol: "005930", at, price: 71_900 + 100 * index, volume: 10 }));
  const replay = await startReplay(trades, ["--speed", "2"]);
  try {
    const { page, context } = await openDesk({ ...desk, tickbell: replay }, DESK, "#/005930");
    const badge = page.locator(".connection");
    await page.locator(".connection[data-state=stale]").getByText(/^리플레이 · .*부터 체결 없음/).waitFor();
    // Prices that stand still do not look as if they moved.
    expect(await page.locator(".shell").getAttribute("data-feed")).toBe("stale");
    await shoot(page, "dead-feed");
    await page.locator(".connection[data-state=ended]").getByText("리플레이 · 끝남 (11-27 10:00:50까지)")
      .waitFor();
    expect(await badge.locator(".feed-age").textContent()).toBe("");
    await page.getByLabel("종목명·코드 검색").fill("000660");
    expect(await page.locator("tr[data-symbol='000660'] .price").textContent()).toBe("–");
    await page.locator("tr[data-symbol='000660']").click();
    await page.getByRole("heading", { name: "SK하이닉스", exact: true }).waitFor();
    expect(await page.locator(".big-price").textContent()).toBe("–");
    await context.close();
  } finally {
    await replay.stop();
  }
}

/**
 * What the badge says of a real market at other hours than now: the server's answer is altered in its clock and the feed's
 * name, all else is as it is.
 */
export async function closedMarket(desk: Desk): Promise<void> {
  const { page, context } = await openDesk(desk, DESK);
  let [now, state] = ["2026-11-29T12:00:00", "open"];
  await page.route("**/v1/status", async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    const source = { ...body.source, name: "kis", state };
    await route.fulfill({ response, json: { ...body, source, now: `${now}+09:00` } });
  });
  const expected = [
    ["2026-11-29T12:00:00", "KIS · 휴장"],
    ["2026-11-27T21:00:00", "KIS · 장 마감"],
    ["2026-11-27T08:55:00", "KIS · 시가 동시호가"],
    ["2026-11-27T07:00:00", "KIS · 장 시작 전"],
  ] as const;
  for (const [time, words] of expected) {
    now = time;
    await page.locator(".connection[data-state=idle]").getByText(words, { exact: true }).waitFor();
  }
  [now, state] = ["2026-11-27T11:00:00", "failed"];
  await page.locator(".connection[data-state=failed]").getByText("KIS · 시세 연결 실패").waitFor();
  await shoot(page, "closed-market");
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await context.close();
}
