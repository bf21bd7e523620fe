import { expect } from "expect";
import { policyViolations, watchedPage } from "./browser.ts";
import { accessFaults, DESK, type Desk, fits, openDesk, PHONE, shoot } from "./desk.ts";

const VIEWS = ["prices", "detail", "rules", "alerts", "mails", "system"] as const;

/** Without a key the page asks for it; it refuses a wrong one and takes the right one. */
export async function asksForTheKey({ tickbell, browser }: Desk): Promise<void> {
  const { page, context, troubles } = await watchedPage(browser, tickbell.url, DESK);
  await page.goto(tickbell.url);
  await page.getByLabel("API 키", { exact: true }).fill("wrong");
  expect(await accessFaults(page)).toEqual([]);
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
  // What was on its way as the key went is refused.
  expect(troubles.filter((trouble) => !trouble.startsWith("401"))).toEqual([]);
  await context.close();
}

/** In English and in the light; what stands in the address, and how the focus goes. */
export async function inEnglish(desk: Desk): Promise<void> {
  // Without motion no price is caught in the middle of its flash.
  const options = { ...DESK, locale: "en-US", colorScheme: "light", reducedMotion: "reduce" } as const;
  const { page, context, troubles } = await openDesk(desk, options);
  await page.getByRole("heading", { name: "Live prices" }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("en");
  await page.locator("tr[data-symbol]").first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("hynix");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "SK hynix", exact: true }).waitFor();
  expect(page.url()).toContain("#/000660");
  // What was searched for stands in the address, and is there again on the way back.
  await page.goBack();
  expect(page.url()).toContain("#/prices?search=hynix");
  expect(await page.getByLabel("Search name or code").inputValue()).toBe("hynix");
  await page.goForward();
  await page.locator(".book tr.ask .level button").first().waitFor();
  await page.locator(".chart canvas").first().waitFor();
  await shoot(page, "english");

  // Colours: red is up, blue is down.
  const colourOf = (way: string) =>
    page.evaluate((name) => {
      const probe = document.createElement("i");
      probe.style.color = `var(--${name})`;
      document.body.append(probe);
      const colour = getComputedStyle(probe).color;
      probe.remove();
      return colour;
    }, way);
  expect([await colourOf("up"), await colourOf("down")]).toEqual(["rgb(214, 0, 0)", "rgb(10, 88, 202)"]);
  for (const view of VIEWS.slice(2)) {
    await page.locator(`.nav-button[data-view=${view}]`).press("Enter");
    await page.locator(`.${view}-panel`).waitFor();
  }

  // The other language is fetched when it is wanted: what is drawn stays where it cannot be had.
  expect(troubles).toEqual([]);
  const words = "**/assets/words_ko-*.js";
  await page.route(words, (route) => route.abort());
  const turn = page.locator(".turn-language");
  await turn.click();
  await page.getByText("The server cannot be reached.").first().waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("en");
  await page.unroute(words);
  troubles.length = 0;
  await turn.click();
  await page.getByRole("heading", { name: "실시간 시세" }).waitFor();
  // The focus is on what was pressed.
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("English");
  await turn.click();
  await page.getByRole("heading", { name: "Live prices" }).waitFor();

  // Each step is in the address, and Back takes it back, with what was searched for.
  await page.locator(".nav-button[data-view=rules]").press("Enter");
  await page.locator(".rules-panel input[type=search]").fill("nothing so called");
  await page.locator(".nav-button[data-view=system]").press("Enter");
  await page.goBack();
  await page.locator(".rules-panel").waitFor();
  expect(await page.locator(".rules-panel input[type=search]").inputValue()).toBe("nothing so called");
  await page.goBack();
  expect(page.url()).toContain("#/system");
  await page.goBack();
  await page.locator(".mails-panel").waitFor();
  expect(page.url()).toContain("#/mails");

  // The form opens, keeps the focus inside, closes by Escape, and gives the focus back.
  await page.locator(".detail-head").getByRole("button", { name: "Add rule" }).press("Enter");
  await page.getByRole("dialog").waitFor();
  for (let press = 0; press < 20; press++) {
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(false);
  }
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("Add rule");

  // The language and the theme are turned without losing the place.
  await page.getByRole("button", { name: "한국어" }).click();
  await page.getByRole("heading", { name: "SK하이닉스", exact: true }).waitFor();
  await page.getByRole("button", { name: "밝게·어둡게 바꾸기" }).click();
  expect(troubles).toEqual([]);
  expect(await policyViolations(page)).toEqual([]);
  await context.close();
}

/** A key that may only read is offered nothing else, and sees nothing of who runs the program. */
export async function readsOnly(desk: Desk): Promise<void> {
  const made = await desk.tickbell.api("/v1/keys", {
    method: "POST",
    body: JSON.stringify({ name: "reader", scopes: ["rules:read"] }),
  });
  const { key } = await made.json();
  await desk.tickbell.api("/v1/rules", {
    method: "POST",
    body: JSON.stringify({
      id: "seen",
      symbol: "000660",
      when: "price >= 900000",
      recipients: ["kim@example.com"],
    }),
  });
  const reader = { ...desk, tickbell: { ...desk.tickbell, apiKey: key } };
  const { page, context, troubles } = await openDesk(reader, DESK, "#/000660");
  await page.locator(".shell[data-may-write=false]").waitFor();
  await page.locator(".nav-button[data-view=rules]").click();
  const card = page.locator("[data-rule=seen]");
  await card.getByRole("button", { name: "왜 울렸나" }).waitFor();
  for (const name of ["규칙 추가", "모두 고르기", "수정", "삭제", "일시 정지", "파일에서 가져오기"]) {
    expect({ name, offered: await page.getByRole("button", { name, exact: true }).count() })
      .toEqual({ name, offered: 0 });
  }
  await page.locator(".book tr.ask .level button").first().click();
  await page.getByText("이 키로는 볼 수만 있습니다.").first().waitFor();
  await page.locator(".nav-button[data-view=system]").click();
  await page.getByText("무음", { exact: true }).click();
  for (const name of ["무음 걸기", "키 만들기"]) {
    expect(await page.getByRole("button", { name }).count()).toBe(0);
  }
  for (const part of ["API 키", "감사 기록", "받는 사람 설정", "읽지 못한 기록"]) {
    expect({ part, shown: await page.locator("summary", { hasText: part }).count() }).toEqual({
      part,
      shown: 0,
    });
  }
  expect(troubles.filter((trouble) => !trouble.startsWith("403") && !trouble.startsWith("404"))).toEqual([]);
  await desk.tickbell.api("/v1/rules/seen", { method: "DELETE" });
  await context.close();
}

/** On a phone, by touch: a symbol, its chart, a rule; the page can be installed. */
export async function onAPhone(desk: Desk): Promise<void> {
  const { page, context, troubles } = await openDesk(desk, PHONE);
  await page.locator("tr[data-symbol]").first().tap();
  await page.locator(".detail-panel .chart canvas").first().waitFor();
  await page.locator(".chart-legend").getByText("거래량").waitFor();
  await shoot(page, "phone");
  await page.locator(".detail-head .button.primary").tap();
  await page.getByRole("dialog").waitFor();
  // The chips are pressed with a finger while prices move.
  await page.locator(".helps .chip").last().tap();
  await page.waitForFunction(() =>
    document.querySelector<HTMLInputElement>(".condition-value")?.value !== ""
  );
  await shoot(page, "phone-form");
  await page.getByRole("dialog").getByRole("button", { name: "취소" }).tap();
  for (const view of VIEWS) {
    await page.locator(`.nav-button[data-view=${view}]`).tap();
    await page.locator(`.${view}-panel`).waitFor();
    expect(await page.locator(".panel:visible").count()).toBe(1);
    await fits(page, `${view} on a phone`);
  }
  const manifest = await page.evaluate(async () => {
    const link = document.querySelector<HTMLLinkElement>("link[rel=manifest]")?.href ?? "";
    return await (await fetch(link)).json();
  });
  expect(manifest).toMatchObject({ display: "standalone", start_url: "/" });
  expect(troubles).toEqual([]);
  await context.close();
}
