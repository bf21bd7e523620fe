/**
 * What a person does at the desk: the console in a real browser, against the real program. One scenario a process, named
 * by its argument; `../console_test.ts` runs them.
 *
 * @module
 */

import { expect } from "expect";
import type { Browser, Page } from "playwright-core";
import { launchBrowser, policyViolations, watchedPage } from "../../support/browser.ts";
import { startTickbell, type Tickbell } from "../../support/tickbell.ts";

const DESK = { viewport: { width: 1600, height: 950 }, locale: "ko-KR", colorScheme: "dark" } as const;
const PHONE = {
  viewport: { width: 390, height: 844 },
  locale: "ko-KR",
  isMobile: true,
  hasTouch: true,
} as const;
/** Kept for examining, where the variable names a folder. */
const SHOTS = Deno.env.get("TICKBELL_TEST_SCREENSHOTS");

async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

/** Resolves when the shown text is another one. */
async function changes(page: Page, selector: string): Promise<void> {
  const before = await page.locator(selector).first().textContent();
  await page.waitForFunction(
    ([chosen, text]) => document.querySelector(chosen as string)?.textContent !== text,
    [selector, before],
  );
}

/** Opens the console with a session of its own. */
async function signIn(page: Page, tickbell: Tickbell): Promise<void> {
  await page.context().request.post(`${tickbell.url}/v1/session`, { data: { key: tickbell.apiKey } });
  await page.goto(tickbell.url);
}

/** A rule made in the console fires, is mailed, and is cared for. */
async function ruleToMail(tickbell: Tickbell, browser: Browser): Promise<void> {
  const { page, troubles } = await watchedPage(browser, tickbell.url, DESK);
  await signIn(page, tickbell);
  expect(page.url()).not.toContain("key=");
  await page.getByText("실시간", { exact: true }).waitFor();
  await page.locator("tr[data-symbol]").first().waitFor();
  expect(await page.locator(".prices-panel .count").textContent()).toMatch(/^\d{3}종목$/);

  // Prices move, in the table and in the detail.
  await changes(page, ".prices tbody");
  await page.getByLabel("종목명·코드 검색").fill("삼성전자");
  await page.locator("tr[data-symbol='005930']").click();
  await page.getByRole("heading", { name: "삼성전자", exact: true }).waitFor();
  await page.locator(".book tr.ask .level span").first().waitFor();
  await page.locator(".chart canvas").first().waitFor();
  await changes(page, ".tape tbody");

  // What is missing is named at its field, by the page and by the server.
  await page.locator(".detail-head").getByRole("button", { name: "규칙 추가" }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("button", { name: "저장" }).click();
  expect(await form.locator("#form-value-fault").textContent()).toBe("꼭 필요합니다.");
  await form.getByLabel("기준값").fill("1,000");
  await form.getByLabel("받는 사람").fill("kim@example.com, not an address");
  expect(troubles).toEqual([]);
  await form.getByRole("button", { name: "저장" }).click();
  await form.getByText("메일 주소나 webhook").waitFor();
  expect(troubles.splice(0).filter((trouble) => !trouble.includes("400"))).toEqual([]);
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
  await page.locator(".mail").getByText(/\[목표가 알림\] .* - 삼성전자/).click();
  const mail = page.frameLocator(".mail-reader iframe");
  await mail.getByText("현재가가 1,000원 이상").waitFor();
  expect(await mail.locator("h1").evaluate((heading) => getComputedStyle(heading).fontSize)).toBe("22px");
  await shoot(page, "mail");

  // The rule is paused, changed and deleted.
  await page.locator(".nav-button[data-view=rules]").click();
  const card = page.locator(".rules-panel .card");
  await card.getByRole("button", { name: "일시 정지" }).click();
  await card.getByText("정지됨").waitFor();
  await card.getByRole("button", { name: "다시 켜기" }).click();
  await card.getByText("켜짐").waitFor();
  await card.getByRole("button", { name: "수정" }).click();
  await form.getByText(/^지난 장이라면 \d+번 울렸습니다/).waitFor();
  await form.getByRole("radio", { name: "상/하한가" }).check();
  await form.getByRole("button", { name: "저장" }).click();
  await card.getByText("상한가 또는 하한가 도달").waitFor();
  await shoot(page, "rules");
  await card.getByRole("button", { name: "삭제" }).click();
  await card.getByRole("button", { name: "삭제", exact: true }).click();
  await page.getByText("규칙이 없습니다.").first().waitFor();
  await page.locator(".nav-button[data-view=system]").click();
  await page.getByText("evaluating").waitFor();
  await page.getByText("처리하지 못한 기록").waitFor();
  await shoot(page, "system");

  // The link of the mail leads to its alert, also in a page that is opened with it.
  await page.goto(`${tickbell.url}/#/alerts/${encodeURIComponent(alertId ?? "")}`);
  await page.reload();
  await page.locator(".alert.asked").waitFor();
  await page.getByRole("heading", { name: "삼성전자", exact: true }).waitFor();

  expect(troubles).toEqual([]);
  expect(await policyViolations(page)).toEqual([]);
}

/** Without a key the page asks for it; it refuses a wrong one and takes the right one. */
async function asksForTheKey(tickbell: Tickbell, browser: Browser): Promise<void> {
  const { page, context, troubles } = await watchedPage(browser, tickbell.url, DESK);
  await page.goto(tickbell.url);
  await page.getByLabel("API 키", { exact: true }).fill("wrong");
  await page.getByRole("button", { name: "열기" }).click();
  await page.getByText("키가 맞지 않습니다").waitFor();
  expect(troubles.splice(0).filter((trouble) => !trouble.includes("401"))).toEqual([]);
  await page.getByLabel("API 키", { exact: true }).fill(tickbell.apiKey);
  await page.keyboard.press("Enter");
  await page.locator("tr[data-symbol]").first().waitFor();
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
  await page.locator(".nav-button[data-view=system]").click();
  await page.getByRole("button", { name: "이 브라우저에서 키 지우기" }).click();
  await page.getByLabel("API 키", { exact: true }).waitFor();
  expect(await context.cookies()).toEqual([]);
  expect(troubles).toEqual([]);
  await context.close();
}

/** In English and in the light, used by the keyboard alone. */
async function byKeyboard(tickbell: Tickbell, browser: Browser): Promise<void> {
  const options = { ...DESK, locale: "en-US", colorScheme: "light" } as const;
  const { page, context, troubles } = await watchedPage(browser, tickbell.url, options);
  await signIn(page, tickbell);
  await page.getByRole("heading", { name: "Live prices" }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("en");
  await page.locator("tr[data-symbol]").first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("hynix");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "SK hynix", exact: true }).waitFor();
  expect(page.url()).toContain("#/000660");
  await page.locator(".book tr.ask .level span").first().waitFor();
  await shoot(page, "english");

  // Colours: red is up, blue is down.
  const colourOf = (way: string) =>
    page.evaluate(
      (name) => {
        const probe = document.createElement("i");
        probe.style.color = `var(--${name})`;
        document.body.append(probe);
        const colour = getComputedStyle(probe).color;
        probe.remove();
        return colour;
      },
      way,
    );
  expect([await colourOf("up"), await colourOf("down")]).toEqual(["rgb(214, 0, 0)", "rgb(10, 88, 202)"]);

  // Everything that can be used has a name.
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll("button, input, select, textarea, iframe, a")].filter((element) => {
      const labelled = element as HTMLInputElement;
      const name = element.getAttribute("aria-label") ?? element.getAttribute("title") ??
        labelled.labels?.[0]?.textContent ?? element.textContent;
      return (name ?? "").trim() === "";
    }).map((element) => element.outerHTML)
  );
  expect(nameless).toEqual([]);

  // The form opens, keeps the focus inside, and closes by Escape.
  await page.locator(".detail-head").getByRole("button", { name: "Add rule" }).press("Enter");
  await page.getByRole("dialog").waitFor();
  for (let press = 0; press < 20; press++) {
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.closest("dialog, body")?.tagName)).toBeDefined();
  }
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });

  // The language is turned without losing the place.
  await page.getByRole("button", { name: "한국어로 보기" }).click();
  await page.getByRole("heading", { name: "SK하이닉스", exact: true }).waitFor();
  expect(troubles).toEqual([]);
  expect(await policyViolations(page)).toEqual([]);
  await context.close();
}

/** On a phone: one view at a time, none too wide. */
async function onAPhone(tickbell: Tickbell, browser: Browser): Promise<void> {
  const { page, context, troubles } = await watchedPage(browser, tickbell.url, PHONE);
  await signIn(page, tickbell);
  await page.locator("tr[data-symbol]").first().click();
  await page.locator(".detail-panel .chart canvas").first().waitFor();
  await shoot(page, "phone");
  for (const view of ["prices", "detail", "rules", "alerts", "mails", "system"]) {
    await page.locator(`.nav-button[data-view=${view}]`).click();
    expect(await page.locator(".panel:visible").count()).toBe(1);
    expect(await page.locator(`.${view}-panel`).isVisible()).toBe(true);
    const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect({ view, tooWide }).toEqual({ view, tooWide: 0 });
  }
  expect(troubles).toEqual([]);
  await context.close();
}

/** A server that is killed is reported to be away, and found again when it is back. */
async function goneAndBack(tickbell: Tickbell, browser: Browser, dataDir: string): Promise<void> {
  const { page } = await watchedPage(browser, tickbell.url, DESK);
  await signIn(page, tickbell);
  await page.locator("tr[data-symbol]").first().waitFor();
  await tickbell.kill();
  await page.locator(".connection[data-state=lost]").waitFor();
  await shoot(page, "lost");
  const again = await startTickbell(dataDir, ["--port", new URL(tickbell.url).port, "--rate", "300"]);
  try {
    await page.locator(".connection[data-state=live]").waitFor();
    await changes(page, ".prices tbody");
  } finally {
    await again.stop();
  }
}

const SCENARIOS = { ruleToMail, asksForTheKey, byKeyboard, onAPhone, goneAndBack };

/** Runs a scenario with a fresh program and a browser. */
async function run(name: string | undefined): Promise<void> {
  if (name === undefined || !Object.hasOwn(SCENARIOS, name)) throw new Error(`no scenario ${name}`);
  const dataDir = await Deno.makeTempDir({ prefix: "tickbell-console-" });
  const tickbell = await startTickbell(dataDir, ["--rate", "300", "--seed", "5"]);
  try {
    const browser = await launchBrowser();
    try {
      await SCENARIOS[name as keyof typeof SCENARIOS](tickbell, browser, dataDir);
    } finally {
      await browser.close();
    }
  } finally {
    await tickbell.stop();
    await Deno.remove(dataDir, { recursive: true });
  }
}

await run(Deno.args[0]);
