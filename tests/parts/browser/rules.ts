import { expect } from "expect";
import { Buffer } from "node:buffer";
import type { Locator, Page } from "playwright-core";
import { until } from "../../support/tickbell.ts";
import { DESK, type Desk, openDesk } from "./desk.ts";

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
  const bar = page.locator(".level-bar");
  // Trades may move the scale under the pointer: then the line is somewhere else by now.
  await until(async () => {
    const y = await lineAt(page);
    const box = (await chart.boundingBox())!;
    await page.mouse.move(box.x + 60, box.y + y);
    await page.mouse.down();
    await page.mouse.move(box.x + 60, box.y + y - 30, { steps: 3 });
    await page.mouse.up();
    return await bar.isVisible();
  }, "the line is dragged");
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

/** Where in the chart the line is, px: the pointer becomes one that moves up and down. */
async function lineAt(page: Page): Promise<number> {
  const found = await page.waitForFunction(() => {
    const host = document.querySelector(".chart") as HTMLElement;
    const { left, top, height } = host.getBoundingClientRect();
    for (let y = 4; y < height; y += 3) {
      const init = { clientX: left + 60, clientY: top + y, pointerType: "mouse", bubbles: true };
      host.dispatchEvent(new PointerEvent("pointermove", init));
      if (host.classList.contains("on-line")) return y;
    }
    return undefined;
  });
  return Number(await found.jsonValue());
}

/** Many rules at once, and taken back; a label, a copy; out to a file and in from it; what a rule would have done. */
export async function rulesDesk(desk: Desk): Promise<void> {
  const ids = ["desk-a", "desk-b", "desk-c"];
  const rules = ids.map((id, at) => ({
    id,
    symbol: "035420",
    when: `price >= ${900_000 + 1_000 * at}`,
    recipients: ["kim@example.com"],
    labels: { team: at === 0 ? "one" : "two" },
  }));
  const made = await desk.tickbell.api("/v1/rules", { method: "POST", body: JSON.stringify(rules) });
  expect(made.status).toBe(201);
  const { page, context, troubles } = await openDesk(desk, DESK, "#/rules?search=desk-");
  const cards = page.locator(".rules-panel [data-rule^=desk-]");
  await expectCount(cards, 3);
  const enabled = async () => {
    const now = await Promise.all(ids.map(async (id) => {
      const answer = await desk.tickbell.api(`/v1/rules/${id}`);
      return answer.status === 200 ? (await answer.json()).enabled : undefined;
    }));
    return now.join(" ");
  };

  // Paused at once, and taken back; deleted at once, and made again as they were.
  const bulk = page.locator(".bulk");
  await page.getByRole("button", { name: "모두 고르기" }).click();
  await bulk.getByText("3건 고름").waitFor();
  await bulk.getByRole("button", { name: "일시 정지" }).click();
  await bulk.getByText("3건: 일시 정지").waitFor();
  expect(await enabled()).toBe("false false false");
  await bulk.getByRole("button", { name: "되돌리기" }).click();
  await bulk.waitFor({ state: "hidden" });
  expect(await enabled()).toBe("true true true");
  await page.getByRole("button", { name: "모두 고르기" }).click();
  await bulk.getByRole("button", { name: "삭제" }).click();
  await bulk.getByText("3건: 삭제").waitFor();
  expect(await cards.count()).toBe(0);
  await bulk.getByRole("button", { name: "되돌리기" }).click();
  await expectCount(cards, 3);

  // A label narrows the list down, in the address too; a copy is a rule of its own.
  await page.locator("[data-rule=desk-a]").getByRole("button", { name: "team=one" }).click();
  await expectCount(cards, 1);
  expect(decodeURIComponent(page.url())).toContain("label=team=one");
  await cards.getByRole("button", { name: "복사" }).click();
  const form = page.getByRole("dialog");
  await form.getByText("똑같은 규칙이 이미 있습니다").waitFor();
  await form.locator(".condition-value").fill("95만");
  await form.getByRole("button", { name: "저장" }).click();
  await form.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "team=one ×" }).click();

  // Out to a file, and in again: nothing would change; with another value one does.
  await page.getByText("파일로 내보내기·가져오기").click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "CSV로 내보내기" }).click(),
  ]);
  const csv = await Deno.readTextFile(await download.path());
  const importFile = (text: string) =>
    page.locator("#import-file").setInputFiles({
      name: "rules.csv",
      mimeType: "text/csv",
      buffer: Buffer.from(text),
    });
  await importFile(csv);
  await page.locator(".import-plan").getByText(/새로 0 · 바뀜 0 · 그대로 \d+ · 거절 0/).waitFor();
  await importFile(csv.replace("901000", "903000"));
  await page.locator(".import-plan").getByText(/새로 0 · 바뀜 1 · 그대로 \d+ · 거절 0/).waitFor();
  await page.getByRole("button", { name: "이대로 가져오기" }).click();
  await page.locator("[data-rule=desk-b]").getByText("903,000원 이상").waitFor();

  // Why it has not fired, and what it would have done.
  const card = page.locator("[data-rule=desk-c]");
  await card.getByRole("button", { name: "왜 울렸나" }).click();
  await card.getByText("마지막 체결이 조건을 충족하지 않습니다.").waitFor();
  await card.getByRole("button", { name: "지난 20일 백테스트" }).click();
  await card.getByText(/\d+일 동안 0번 울렸을 것입니다/).waitFor();
  await card.getByRole("link", { name: "결과를 새 창에서 보기" }).waitFor();
  expect(troubles).toEqual([]);
  for (const id of ids) await desk.tickbell.api(`/v1/rules/${id}`, { method: "DELETE" });
  await context.close();
}

async function expectCount(found: Locator, count: number): Promise<void> {
  await until(async () => await found.count() === count, `${count} of ${found}`);
}
