import { expect } from "expect";
import { accessFaults, DESK, type Desk, fits, openDesk, PHONE, shoot } from "./desk.ts";

/** A list under a name is made, filled, shared by its address with another browser, deleted and kept again. */
export async function watchLists(desk: Desk): Promise<void> {
  const { page, context, troubles } = await openDesk(desk, DESK, "#/005930");
  const put = async (symbol: string) => {
    await page.locator(`.prices tr[data-symbol="${symbol}"]`).click();
    await page.locator(".detail-head").getByText(symbol).waitFor();
    await page.getByRole("button", { name: "목록에 담기" }).click();
  };
  await put("005930");
  await page.getByLabel("새 목록 이름").fill(" 반도체 ");
  await page.keyboard.press("Enter");
  await page.getByRole("checkbox", { name: "반도체" }).waitFor();
  expect(await accessFaults(page, ".list-menu")).toEqual([]);
  await shoot(page, "list-menu");
  await page.keyboard.press("Escape");
  // The focus is where it was.
  expect(await page.evaluate(() => document.activeElement?.ariaLabel)).toBe("목록에 담기");
  await put("000660");
  await page.getByRole("checkbox", { name: "반도체" }).check();
  await page.keyboard.press("Escape");

  const chip = page.locator(".chip[data-list=반도체]");
  await chip.click();
  const rows = page.locator(".prices tr[data-symbol]");
  const shown = async () => {
    // Drawn with the next frame.
    await page.waitForFunction(() => document.querySelectorAll(".prices tr[data-symbol]").length === 2);
    return (await rows.evaluateAll((lines) => lines.map((line) => (line as HTMLElement).dataset.symbol)))
      .sort();
  };
  await page.locator(".prices-panel .count").getByText("2 / ").waitFor();
  expect(await shown()).toEqual(["000660", "005930"]);
  await page.getByRole("button", { name: "목록 삭제" }).click();
  await page.getByRole("button", { name: "내 목록에 담기: 반도체" }).click();
  await page.getByRole("button", { name: "목록 삭제" }).waitFor();
  expect(await page.evaluate(() => document.activeElement !== document.body)).toBe(true);
  expect(await shown()).toEqual(["000660", "005930"]);
  // It is there in another tab of the browser.
  const tab = await context.newPage();
  await tab.goto(`${desk.tickbell.url}/#/prices`);
  await tab.locator(".chip[data-list=반도체]").waitFor();
  expect(troubles).toEqual([]);
  await context.close();

  // Who is sent its address sees it on his phone, and keeps it.
  const hash = `#/prices?list=${encodeURIComponent("반도체")}&symbols=005930.000660`;
  const other = await openDesk(desk, PHONE, hash);
  const phone = other.page;
  await phone.locator(".prices-panel .count").getByText("2 / ").waitFor();
  await fits(phone, "a list on a phone");
  expect(await accessFaults(phone, ".prices-panel")).toEqual([]);
  await phone.getByRole("button", { name: "내 목록에 담기: 반도체" }).click();
  await phone.locator(".chip[data-list=반도체][aria-pressed=true]").waitFor();
  await phone.reload();
  await phone.locator(".chip[data-list=반도체][aria-pressed=true]").waitFor();
  expect(other.troubles).toEqual([]);
  await other.context.close();
}
