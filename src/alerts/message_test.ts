import { expect } from "expect";
import { LOCALES, RULE_KINDS } from "../rules/rule.ts";
import { alertFixture } from "./fixture.ts";
import { alertMessage, digestMessage } from "./message.ts";
import { previewMessage } from "./preview.ts";
import { escapeHtml, oneLine } from "./safe_text.ts";
import { ruleInWords } from "./words.ts";

const GOLDEN = new URL("./testdata/", import.meta.url);

/** Compares with a golden file; `TICKBELL_TEST_UPDATE=1` writes it instead. */
async function golden(name: string, text: string): Promise<void> {
  const path = new URL(name, GOLDEN);
  if (Deno.env.get("TICKBELL_TEST_UPDATE") === "1") await Deno.writeTextFile(path, text);
  expect(text).toBe(await Deno.readTextFile(path));
}

for (const locale of LOCALES) {
  for (const kind of RULE_KINDS) {
    Deno.test(`the mail of ${kind} in ${locale} reads as its golden file`, async () => {
      const { subject, text, html } = previewMessage({ kind, locale });
      await golden(`${kind}-${locale}.txt`, `${subject}\n\n${text}`);
      await golden(`${kind}-${locale}.html`, html);
    });
  }
  Deno.test(`a digest in ${locale} reads as its golden file`, async () => {
    const { subject, text, html } = previewMessage({ kind: "target_price", locale, digest: true });
    await golden(`digest-${locale}.txt`, `${subject}\n\n${text}`);
    await golden(`digest-${locale}.html`, html);
  });
}

Deno.test("the subject says name, price and what was reached", () => {
  const subjects = RULE_KINDS.map((kind) => previewMessage({ kind, locale: "ko" }).subject);
  expect(subjects).toEqual([
    "[상/하한가] 삼성전자 69,500원 · 상한가 도달",
    "[등락률] 삼성전자 54,550원 · 등락률(상승·하락 모두)이 1.9% 이상",
    "[목표가] 삼성전자 53,100원 · 53,200원 미만",
    "[전일대비] 삼성전자 52,400원 · 전일대비 하락폭이 1,000원 초과",
    "[조건] 삼성전자 56,400원 · 시가 대비 등락률이 5% 이상 그리고 거래대금이 100억원 이상, 새로 충족될 때",
  ]);
});

Deno.test("a rule in words", () => {
  const words = (
    kind: string,
    comparator: string | null,
    value: string | null,
    ruleDirection: string | null,
  ) => {
    const direction = ruleDirection;
    const rule = { kind, comparator, value, direction, on: "level" } as Parameters<typeof ruleInWords>[0];
    return [ruleInWords(rule, "ko"), ruleInWords(rule, "en")];
  };
  expect(words("target_price", "lt", "53200", null)).toEqual([
    "현재가가 53,200원 미만",
    "the price is below 53,200 won",
  ]);
  expect(words("target_price", "gte", "1000000", null)[0]).toBe("현재가가 1,000,000원 이상");
  expect(words("change_rate", "gt", "5.25", "up")).toEqual([
    "상승률이 5.25% 초과",
    "the rise is above 5.25%",
  ]);
  expect(words("change_rate", "gte", "3", "down")).toEqual([
    "하락률이 3% 이상",
    "the fall is at or above 3%",
  ]);
  expect(words("change_rate", "lte", "-2.5", "up")[0]).toBe("상승률이 -2.5% 이하");
  expect(words("change_rate", "gte", "1.9", "either")[0]).toBe("등락률(상승·하락 모두)이 1.9% 이상");
  expect(words("day_change", "gt", "1500", "either")[0]).toBe("전일대비 변동폭이 1,500원 초과");
  expect(words("price_limit", null, null, "up")[0]).toBe("상한가 도달");
  expect(words("price_limit", null, null, "down")[1]).toBe("the lower price limit is reached");
  expect(words("price_limit", null, null, "either")[0]).toBe("상한가 또는 하한가 도달");
});

Deno.test("up is red, down is blue, unchanged is neither", () => {
  const html = (direction: "up" | "down" | "flat") => alertMessage(alertFixture({ direction })).html;
  expect(html("up")).toContain("#d60000");
  expect(html("up")).not.toContain("#0051c7");
  expect(html("down")).toContain("#0051c7");
  expect(html("down")).not.toContain("#d60000");
  expect(alertMessage(alertFixture({ direction: "flat", rate: 0, change: 0 })).text).toContain("― 보합");
});

Deno.test("the time is Seoul's, across midnight too", () => {
  const eventTime = Date.UTC(2025, 11, 31, 15, 0, 5);
  const { subject, text } = alertMessage(alertFixture({ eventTime }));
  expect(subject).not.toContain("시");
  expect(text).toContain("2026년 1월 1일 00시00분05초 (서울)");
  expect(text).toContain("01시00분까지 다시 알리지 않습니다");
});

Deno.test("links are left out where there are none; one-click stop is offered over https only", () => {
  const bare = alertMessage(alertFixture());
  expect(bare.headers).toEqual({});
  expect(bare.html).not.toContain("<a ");
  const http = alertMessage(alertFixture(), { stop: "http://127.0.0.1:8000/v1/unsubscribe?token=t" });
  expect(http.headers).toEqual({ "List-Unsubscribe": "<http://127.0.0.1:8000/v1/unsubscribe?token=t>" });
  const https = alertMessage(alertFixture(), { stop: "https://t.example/u" });
  expect(https.headers["List-Unsubscribe-Post"]).toBe("List-Unsubscribe=One-Click");
});

const HOSTILE =
  'A\r\nBcc: evil@example.com\u2028<img src=x onerror="alert(1)">\u202Egpj.exe\u2066\u200b\u0007&amp;';

Deno.test("names and notes cannot add headers, tags, or turn the text around", () => {
  const alert = alertFixture({ name: HOSTILE, nameEn: HOSTILE, note: HOSTILE });
  for (
    const message of [
      alertMessage(alert),
      alertMessage({ ...alert, locale: "en" }),
      digestMessage([alert], "quiet"),
    ]
  ) {
    expect(message.subject).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    expect((message.text + message.html).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    expect(message.html).not.toContain("<img");
    expect(message.html).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;");
    expect(message.html).toContain("&amp;amp;");
  }
});

Deno.test("a text is cut at whole characters, and half characters are replaced", () => {
  expect(oneLine("가나다라마", 3)).toBe("가나…");
  expect(oneLine("📈".repeat(5), 3)).toBe("📈📈…");
  expect(oneLine("a\ud83db")).toBe("a\ufffdb");
  expect(oneLine("  a \t\n b  ")).toBe("a b");
  expect(escapeHtml(`<a href='x'>"&`)).toBe("&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
});

Deno.test("a symbol without a name is called by its code", () => {
  expect(alertMessage(alertFixture({ name: "\u200b" })).subject).toContain("] 005930 ");
  const { nameEn: _, ...plain } = alertFixture({ locale: "en" });
  expect(alertMessage(plain).subject).toContain("] 삼성전자 ");
});

Deno.test("the original's subject is a setting; what is outside of the regular session says so, and what came late", () => {
  const alert = alertFixture({ marketSession: "after", eventTime: Date.UTC(2025, 10, 26, 10, 2) });
  expect(alertMessage(alert).subject).toBe(
    "[목표가] 삼성전자 53,100원 · 53,200원 미만 (애프터마켓 19시02분)",
  );
  expect(alertMessage(alert).text).toContain("19시02분00초 (서울, 애프터마켓)");
  expect(alertMessage(alert, {}, { subjects: "time" }).subject).toBe("[목표가 알림] 19시02분 - 삼성전자");
  const regular = alertMessage(alertFixture({ marketSession: "regular", origin: "filled" }));
  expect(regular.subject).toBe("[목표가] 삼성전자 53,100원 · 53,200원 미만");
  for (const part of [regular.text, regular.html]) expect(part).toContain("늦게 확인되었습니다");
  expect(digestMessage([alertFixture({ origin: "filled" })], "storm").text).toContain("늦게 확인되었습니다");
});

Deno.test("the largest line of a mail is what was reached", () => {
  const { html } = alertMessage(alertFixture());
  const largest = [...html.matchAll(/font-size:(\d+)px[^>]*>([^<]*)/g)]
    .map(([, size, text]) => [Number(size), text] as const).sort(([one], [other]) => other - one)[0];
  expect(largest).toEqual([24, "53,100원 · 53,200원 미만"]);
});
