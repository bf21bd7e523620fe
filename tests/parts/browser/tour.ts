import { expect } from "expect";
import type { Page } from "playwright-core";
import { policyViolations, watchedPage } from "./browser.ts";
import { changes, DEADLINE_MS, DESK, type Desk, shoot } from "./desk.ts";

/**
 * The README's tour by the page alone: from the address that a start prints in its terminal to the mail in the outbox, and
 * what became of it; what is wrong is refused, what is the same is said to be.
 */
export async function readmeTour(desk: Desk): Promise<void> {
  const { tickbell, browser } = desk;
  const { page, context, troubles } = await watchedPage(browser, tickbell.url, DESK);
  page.setDefaultTimeout(DEADLINE_MS);
  expect(tickbell.consoleUrl).toContain("?code=");
  await page.goto(tickbell.consoleUrl);
  await page.waitForURL((url) => url.search === "");
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
  const alert = page.locator(".alert").filter({ hasText: "삼성전자" }).first();
  const alertId = await alert.getAttribute("data-alert");
  // The way of the alert, with its times.
  await alert.getByText("경로 보기").click();
  expect(await alert.locator(".way li").allTextContents()).toEqual([
    expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3}체결 [\d,]+원 · 규칙 /),
    expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3}kim@example\.com · 보냄 · [\d.]+초 안에$/),
  ]);
  await page.locator(".nav-button[data-view=mails]").click();
  await page.locator(".mail").getByText(/\[목표가\] 삼성전자 /).click();
  const mail = page.frameLocator(".mail-reader iframe");
  await mail.getByText("현재가가 1,000원 이상").waitFor();
  expect(await mail.locator("h1").evaluate((heading) => getComputedStyle(heading).fontSize)).toBe("24px");
  await shoot(page, "mail");

  // The rule is paused and changed, to conditions on two measures.
  await page.locator(".nav-button[data-view=rules]").click();
  const card = page.locator(".rules-panel .card").filter({ hasText: "삼성전자" });
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
  // Why it fires no more in this window; the same again is said to be the same.
  await card.getByRole("button", { name: "왜 울렸나" }).click();
  await card.locator(".insight-verdict").waitFor();
  await card.getByRole("button", { name: "복사" }).click();
  await form.getByText("똑같은 규칙이 이미 있습니다").waitFor();
  await form.getByRole("button", { name: "취소" }).click();
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

/** The same by the keyboard alone: the key, a symbol, a rule, its alert and its mail, without one press of a mouse. */
export async function byKeyboard(desk: Desk): Promise<void> {
  const { tickbell, browser } = desk;
  const { page, context, troubles } = await watchedPage(browser, tickbell.url, DESK);
  page.setDefaultTimeout(DEADLINE_MS);
  const { keyboard } = page;
  await page.goto(tickbell.url);
  await page.getByLabel("API 키", { exact: true }).waitFor();
  await tabTo(page, "input[type=password]");
  await keyboard.type(tickbell.apiKey);
  await keyboard.press("Enter");
  await page.locator("tr[data-symbol]").first().waitFor();
  // Signing in is asked for without a session first.
  troubles.length = 0;

  await keyboard.press("/");
  await keyboard.type("ㅋㅋㅇ");
  await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "카카오", exact: true }).waitFor();
  await tabTo(page, ".detail-head .button.primary");
  await keyboard.press("Enter");
  const form = page.getByRole("dialog");
  await form.waitFor();
  // The value has the focus: what is typed goes there.
  await keyboard.type("1천");
  await tabTo(page, "textarea, [name=recipients], #field-recipients");
  await keyboard.press("Control+A");
  await keyboard.type("lee@example.com");
  await tabTo(page, ".form-foot .button.primary");
  await keyboard.press("Enter");
  // It is met already: the question takes the focus, and is answered there.
  await page.waitForFunction(() => document.activeElement?.textContent === "지금 울림");
  await keyboard.press("Enter");
  await tabTo(page, ".form-foot .button.primary");
  await keyboard.press("Enter");
  await form.waitFor({ state: "detached" });
  // The focus is where the form was opened, not lost.
  await page.waitForFunction(() => document.activeElement?.matches(".detail-head .button.primary"));

  await tabTo(page, ".nav-button[data-view=alerts]");
  await keyboard.press("Enter");
  await page.locator(".alert").filter({ hasText: "카카오" }).getByText("lee@example.com").first().waitFor();
  await tabTo(page, ".nav-button[data-view=mails]", "Shift+Tab");
  await keyboard.press("Enter");
  await page.locator(".mail").filter({ hasText: "카카오" }).first().waitFor();
  await tabTo(page, ".mail");
  await keyboard.press("Enter");
  await page.frameLocator(".mail-reader iframe").getByText("카카오").first().waitFor();
  expect(await page.evaluate(() => document.activeElement === document.body)).toBe(false);
  expect(troubles).toEqual([]);
  await context.close();
}

/** Presses Tab until the focus is on what a selector means; never does it fall to the page itself. */
async function tabTo(page: Page, selector: string, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  for (let press = 0; press < 150; press++) {
    const there = await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector);
    if (there) return;
    await page.keyboard.press(key);
  }
  throw new Error(`the focus never came to ${selector}`);
}
