import { expect } from "expect";
import { policyViolations } from "../../support/browser.ts";
import { changes, DESK, type Desk, openDesk, shoot } from "./desk.ts";

/** A rule made in the console fires, is mailed, is moved in the chart, and is looked after. */
export async function ruleToMail(desk: Desk): Promise<void> {
  const { page, context, troubles } = await openDesk(desk, DESK);
  expect(page.url()).not.toContain("key=");
  await page.locator(".connection[data-state=live]").getByText("모의 · 실시간").waitFor();
  expect(await page.locator(".prices-panel .count").textContent()).toMatch(/^\d{3}종목$/);

  // Prices move, in the table and in the detail; a symbol is found by its initial consonants.
  await changes(page, ".prices tbody");
  await page.getByLabel("종목명·코드 검색").fill("ㅅㅅㅈㅈ");
  await page.locator("tr[data-symbol='005930']").click();
  await page.getByRole("heading", { name: "삼성전자", exact: true }).waitFor();
  await page.locator(".book tr.ask .level button").first().waitFor();
  await page.locator(".chart canvas").first().waitFor();
  await changes(page, ".tape tbody");
  const half = await page.evaluate(() =>
    (document.querySelector(".chart-area")?.clientHeight ?? 0) / innerHeight
  );
  expect(half).toBeGreaterThanOrEqual(0.5);

  // What is missing is said at its field, by the page and by the server.
  await page.locator(".detail-head").getByRole("button", { name: "규칙 추가" }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("button", { name: "저장" }).click();
  expect(await form.locator(".condition-row .fault").textContent()).toBe("꼭 필요합니다.");
  await form.locator(".condition-value").fill("１천");
  await form.getByLabel("받는 사람").fill("kim@example.com, not an address");
  // A price that is met already is asked about.
  await form.getByText("지금 이미 충족되어 있습니다").waitFor();
  await form.getByText("오늘 상·하한가 밖").waitFor({ state: "detached" });
  await form.getByRole("button", { name: "지금 울림" }).click();
  expect(troubles).toEqual([]);
  await form.getByRole("button", { name: "저장" }).click();
  await form.getByText("메일 주소나 webhook").waitFor();
  expect(troubles).toEqual([]);
  await shoot(page, "form");

  // Saved, it is in force: its alert and its mail follow.
  await form.getByLabel("받는 사람").fill("kim@example.com");
  expect(await form.locator(".sentence").textContent()).toContain("현재가가 1,000원 이상");
  await form.getByRole("button", { name: "저장" }).click();
  await form.waitFor({ state: "detached" });
  await page.locator(".alerts-panel").getByText("삼성전자").waitFor();
  await page.locator(".deliveries [data-tone=done]").getByText("보냄").waitFor();
  const alertId = await page.locator(".alert").first().getAttribute("data-alert");
  await page.locator(".nav-button[data-view=mails]").click();
  await page.locator(".mail").getByText(/\[목표가\] 삼성전자 /).click();
  const mail = page.frameLocator(".mail-reader iframe");
  await mail.getByText("현재가가 1,000원 이상").waitFor();
  expect(await mail.locator("h1").evaluate((heading) => getComputedStyle(heading).fontSize)).toBe("24px");
  await shoot(page, "mail");

  // The rule is paused and changed, to conditions on two measures.
  await page.locator(".nav-button[data-view=rules]").click();
  const card = page.locator(".rules-panel .card");
  await card.getByRole("button", { name: "일시 정지" }).click();
  await card.getByText("정지됨").waitFor();
  await card.getByRole("button", { name: "다시 켜기" }).click();
  await card.getByText("켜짐").waitFor();
  await card.getByRole("button", { name: "수정" }).click();
  await form.getByText(/^지난 장\(.*\)이라면 \d+번 울렸습니다/).waitFor();
  await form.getByRole("button", { name: "조건 더하기" }).click();
  await form.locator(".condition-value").nth(1).fill("3%");
  await form.getByRole("button", { name: "글로 쓰기" }).click();
  expect(await form.getByLabel("조건", { exact: true }).inputValue()).toBe("price >= 1000 and rate >= 3");
  await form.getByRole("button", { name: "저장" }).click();
  await card.getByText("현재가가 1,000원 이상 그리고 등락률이 3% 이상").waitFor();
  await shoot(page, "rules");
  await page.locator(".nav-button[data-view=system]").click();
  await page.getByText(/파티션 \d+개를 평가하는 중/).waitFor();
  await shoot(page, "system");

  // The link of the mail leads to its alert, also in a page that is opened with it.
  await page.goto(`${desk.tickbell.url}/#/alerts/${encodeURIComponent(alertId ?? "")}`);
  await page.reload();
  await page.locator(".alert.asked").waitFor();
  await page.getByRole("heading", { name: "삼성전자", exact: true }).waitFor();
  expect(troubles).toEqual([]);
  expect(await policyViolations(page)).toEqual([]);
  await context.close();
}

/** Of two who change a rule at once the second is shown both, and decides. */
export async function twoEditors(desk: Desk): Promise<void> {
  const made = await desk.tickbell.api("/v1/rules", {
    method: "POST",
    body: JSON.stringify({
      id: "both",
      symbol: "000660",
      when: "price >= 900000",
      recipients: ["kim@example.com"],
    }),
  });
  expect(made.status).toBe(201);
  const { page, context, troubles } = await openDesk(desk, DESK, "#/000660");
  await page.locator(".nav-button[data-view=rules]").click();
  await page.locator("[data-rule=both]").getByRole("button", { name: "수정" }).click();
  const form = page.getByRole("dialog");
  await form.locator(".condition-value").fill("910,000");
  await desk.tickbell.api("/v1/rules/both", { method: "PATCH", body: JSON.stringify({ note: "desk 2" }) });
  await form.getByRole("button", { name: "저장" }).click();
  await form.getByText("그사이 다른 곳에서 규칙이 바뀌었습니다").waitFor();
  await form.getByText("desk 2").waitFor();
  await form.getByRole("button", { name: "내 것으로 덮어쓰기" }).click();
  await form.waitFor({ state: "detached" });
  const now = await (await desk.tickbell.api("/v1/rules/both")).json();
  expect([now.value, now.note]).toEqual(["910000", ""]);
  expect(troubles.filter((trouble) => !trouble.startsWith("412"))).toEqual([]);
  await desk.tickbell.api("/v1/rules/both", { method: "DELETE" });
  await context.close();
}

/** A line of the chart is dragged, and changes its rule when that is said. */
export async function dragsALine(desk: Desk): Promise<void> {
  const last = await (await desk.tickbell.api("/v1/market/last")).json();
  const { price } = last.data.find(({ symbol }: { symbol: string }) => symbol === "035720");
  const rule = {
    id: "line",
    symbol: "035720",
    when: `price >= ${price}`,
    on: "crossing",
    recipients: ["kim@example.com"],
  };
  const made = await desk.tickbell.api("/v1/rules", { method: "POST", body: JSON.stringify(rule) });
  expect(made.status).toBe(201);
  const { page, context, troubles } = await openDesk(desk, DESK, "#/035720");
  const chart = page.locator(".chart");
  await chart.locator("canvas").first().waitFor();
  // With its candles the chart has its scale.
  await page.locator(".chart-legend").getByText("시가").waitFor();
  const box = (await chart.boundingBox())!;
  // The line is where the pointer becomes one that moves up and down.
  const at = await page.waitForFunction(([left, top, height]) => {
    const host = document.querySelector(".chart") as HTMLElement;
    for (let y = 4; y < height!; y += 3) {
      const init = { clientX: left! + 60, clientY: top! + y, pointerType: "mouse", bubbles: true };
      host.dispatchEvent(new PointerEvent("pointermove", init));
      if (host.classList.contains("on-line")) return y;
    }
    return undefined;
  }, [box.x, box.y, box.height]);
  const y = box.y + Number(await at.jsonValue());
  await page.mouse.move(box.x + 60, y);
  await page.mouse.down();
  await page.mouse.move(box.x + 60, y - 30, { steps: 4 });
  await page.mouse.up();
  const bar = page.locator(".level-bar");
  await bar.getByText("→").waitFor();
  // How often it would have fired there is said by the engine in the page, or by the server.
  await bar.getByText(/지난 장\(/).waitFor();
  await bar.getByRole("button", { name: "적용" }).click();
  await bar.waitFor({ state: "hidden" });
  const now = await (await desk.tickbell.api("/v1/rules/line")).json();
  expect(Number(now.value)).toBeGreaterThan(price);
  expect(troubles).toEqual([]);
  await desk.tickbell.api("/v1/rules/line", { method: "DELETE" });
  await context.close();
}
