import { expect } from "expect";
import { openSqliteLog } from "../../adapters/sqlite/event_log.ts";
import { systemClock } from "../../core/clock.ts";
import { Signal } from "../../core/signal.ts";
import { OutsideError } from "../../core/errors.ts";
import type { ChatBot, ChatUpdate } from "../../ports/chat_bot.ts";
import { type TestControl, withControl } from "../../../tests/support/control.ts";
import { SELF, signIn } from "../../../tests/support/persons.ts";
import { until } from "../../../tests/support/until.ts";
import { orderOf } from "./order.ts";

/** Telegram as the bot sees it: updates wait until they are confirmed by a higher `from`, and come again until then. */
class FakeBot implements ChatBot {
  readonly said: { chat: string; text: string }[] = [];
  readonly #updates: ChatUpdate[] = [];
  readonly #grown = new Signal();
  readonly faults: OutsideError[] = [];

  name(): string {
    return "tickbell_bot";
  }

  async open(): Promise<void> {}

  async updates(from: number, signal: AbortSignal): Promise<readonly ChatUpdate[]> {
    for (;;) {
      const due = this.#updates.filter(({ id }) => id >= from);
      if (due.length > 0 || signal.aborted) return due;
      await this.#grown.wait(signal);
    }
  }

  say(chat: string, text: string): Promise<void> {
    const fault = this.faults.shift();
    if (fault !== undefined) return Promise.reject(fault);
    this.said.push({ chat, text });
    return Promise.resolve();
  }

  write(update: Partial<ChatUpdate>): void {
    const id = this.#updates.length + 1;
    this.#updates.push({ id, chat: "7", user: "7", isPrivate: true, text: "", ...update });
    this.#grown.notify();
  }

  /** Writes, and resolves with what is answered. */
  async ask(text: string, more: Partial<ChatUpdate> = {}): Promise<string> {
    const before = this.said.length;
    this.write({ text, ...more });
    await until(() => this.said.length > before, `an answer to ${text}`);
    return this.said.at(-1)!.text;
  }
}

/** A code for a chat of somebody who has signed in. */
async function codeFor(test: TestControl, address: string): Promise<string> {
  const kim = await signIn(test, address);
  return (await kim("POST", "/v1/account/telegram")).body.code;
}

async function withBot(body: (test: TestControl, bot: FakeBot) => Promise<void>): Promise<void> {
  const telegramBot = new FakeBot();
  await withControl((test) => body(test, telegramBot), { ...SELF, telegramBot });
}

Deno.test("a chat is linked by a code, once, and takes orders of who linked it alone", () =>
  withBot(async (test, bot) => {
    expect(await bot.ask("삼성전자 7만원 넘으면")).toContain("/start");
    expect(await bot.ask("/start nonsense")).toContain("코드가 맞지 않거나");
    const code = await codeFor(test, "kim@example.com");
    expect(await bot.ask(`/start ${code}`)).toContain("kim@example.com");
    expect(await bot.ask(`/start ${code}`, { chat: "8", user: "8" })).toContain("코드가 맞지 않거나");
    const group = { chat: "-5", isPrivate: false };
    const second = await codeFor(test, "kim@example.com");
    expect(await bot.ask(`/start@tickbell_bot ${second}`, group)).toContain("연결했습니다");
    // Of another in the group, for another bot, between people: nothing is answered.
    bot.write({ text: "/list", ...group, user: "9" });
    bot.write({ text: "/list@other_bot", ...group });
    bot.write({ text: "삼성전자 7만원 넘으면", ...group });
    expect(await bot.ask("/목록", group)).toBe("규칙이 없습니다.");
    expect(bot.said.filter(({ chat }) => chat === group.chat)).toHaveLength(2);
    expect(await bot.ask("/unlink")).toContain("끊었습니다");
    expect(await bot.ask("/list")).toContain("/start");
  }));

Deno.test("rules are made by a line, listed, paused, snoozed, resumed and deleted by their number", () =>
  withBot(async (test, bot) => {
    await bot.ask(`/start ${await codeFor(test, "kim@example.com")}`);
    const made = await bot.ask("삼성전자 7만원 넘으면");
    expect(made).toMatch(/^1번 규칙을 만들었습니다\. 삼성전자: 현재가가 70,000원 (초과|이상)/);
    const { body } = await test.json("GET", "/v1/rules");
    expect(body.data[0]).toMatchObject({ recipients: ["kim@example.com", "telegram:7"], symbol: "005930" });
    expect(await bot.ask("삼성 오르면")).toMatch(/종목|조건/);
    expect(await bot.ask("하이닉스 3% 빠지면")).toContain("2번 규칙");
    expect((await bot.ask("/list")).split("\n").map((line) => line.slice(-2))).toEqual(["켜짐", "켜짐"]);
    expect(await bot.ask("/pause 2")).toContain("정지했습니다. SK하이닉스");
    expect(await bot.ask("/snooze 1 30m")).toContain("쉽니다. 삼성전자");
    expect((await bot.ask("/list")).split("\n").map((line) => line.split(" · ")[1])).toEqual([
      "쉬는 중",
      "정지",
    ]);
    expect((await test.json("GET", "/v1/silences")).body.data[0]).toMatchObject({
      matchers: [{ field: "ruleId", value: body.data[0].id }],
      by: "self:kim@example.com",
    });
    expect(await bot.ask("/resume 1")).toContain("다시 켰습니다");
    expect((await test.json("GET", "/v1/silences")).body.data).toEqual([]);
    const resumed = await test.json("GET", `/v1/audit?target=${body.data[0].id}`);
    expect(resumed.body.data[0]).toMatchObject({ action: "rule.resumed", who: "self:kim@example.com" });
    expect(await bot.ask("/delete 9")).toContain("9번 규칙이 없습니다");
    expect(await bot.ask("카카오 10% 오르면")).toContain("3번");
    expect(await bot.ask("카카오 11% 오르면")).toContain("3 rules");
    expect(await bot.ask("/delete 1")).toContain("삭제했습니다. 삼성전자");
    const audit = await test.json("GET", `/v1/audit?target=${body.data[0].id}`);
    expect(audit.body.data[0]).toMatchObject({ action: "rule.deleted", who: "self:kim@example.com" });
  }));

Deno.test("an update that comes again after a restart makes no second rule; an answer that is throttled is said later", async () => {
  const log = await openSqliteLog({ path: ":memory:", partitions: 2, clock: systemClock });
  const telegramBot = new FakeBot();
  try {
    await withControl(async (test) => {
      await telegramBot.ask(`/start ${await codeFor(test, "kim@example.com")}`);
      const wait = { retryable: true, retryAfterMs: 20 };
      telegramBot.faults.push(
        new OutsideError("telegram_throttled", "Too Many Requests: retry after 1", wait),
      );
      expect(await telegramBot.ask("삼성전자 7만원 넘으면")).toContain("1번 규칙");
    }, { ...SELF, telegramBot, log });
    telegramBot.said.length = 0;
    await withControl(async (test) => {
      await until(() => telegramBot.said.length === 2, "both updates again");
      expect(telegramBot.said.map(({ text }) => text.slice(0, 12))).toEqual([
        expect.stringContaining("이 대화방을"),
        expect.stringContaining("1번 규칙을"),
      ]);
      expect((await test.json("GET", "/v1/rules")).body.data).toHaveLength(1);
    }, { ...SELF, telegramBot, log });
  } finally {
    await log.close();
  }
});

Deno.test("a group that becomes a supergroup is followed: its account and its rules", () =>
  withBot(async (test, bot) => {
    const group = { chat: "-5", isPrivate: false };
    const kim = await signIn(test, "kim@example.com");
    const { body: { code } } = await kim("POST", "/v1/account/telegram");
    await bot.ask(`/start@tickbell_bot ${code}`, group);
    const rule = { symbol: "005930", kind: "target_price", comparator: "gte", value: "71950" };
    const { body: { id } } = await kim("POST", "/v1/rules", { ...rule, recipients: ["telegram:-5"] });
    bot.write({ ...group, movedTo: "-1005" });
    expect(await bot.ask("/list", { ...group, chat: "-1005" })).toContain("삼성전자");
    expect((await test.json("GET", `/v1/rules/${id}`)).body.recipients).toEqual(["telegram:-1005"]);
  }));

Deno.test("orders are read in both languages, and what is no order is a rule", () => {
  expect(orderOf("/snooze 2", "b")).toEqual({ do: "snooze", rule: 2, ms: 3_600_000 });
  expect(orderOf("/쉬기 2 30분", "b")).toEqual({ do: "snooze", rule: 2, ms: 1_800_000 });
  expect(orderOf("/snooze 2 9999d", "b")).toEqual({ do: "snooze", rule: 2, ms: 30 * 86_400_000 });
  expect(orderOf("/pause zwei", "b")).toEqual({ do: "help" });
  expect(orderOf("/start", "b")).toEqual({ do: "help" });
  expect(orderOf("  삼성전자 7만원  ", "b")).toEqual({ do: "make", line: "삼성전자 7만원" });
  expect(orderOf("", "b")).toBeUndefined();
});
