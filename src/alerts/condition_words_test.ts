import { expect } from "expect";
import { InputIssues } from "../rules/input_issues.ts";
import { parseWhen } from "../rules/when.ts";
import { conditionsInWords } from "./condition_words.ts";

const words = (when: string, locale: "ko" | "en") =>
  conditionsInWords(parseWhen(when, "when", new InputIssues())!, "level", locale);

Deno.test("conditions read as people write them: the particle that is heard, lengths of time in the plural", () => {
  expect(words("rsi(14,1d) <= 30", "ko")).toBe("일봉 RSI(14)가 30 이하");
  expect(words("rsi(10,1d) <= 30", "ko")).toBe("일봉 RSI(10)이 30 이하");
  expect(words("bollinger(20,2,1d) >= 100", "ko")).toBe("일봉 볼린저밴드(20,2) %B가 100% 이상");
  expect(words("from_open >= 5", "ko")).toBe("시가 대비 등락률이 5% 이상");
  expect(words("move(5m) >= 3", "en")).toBe("the move in 5 minutes is at or above 3%");
  expect(words("range(1m) >= 3", "en")).toBe("the range of 1 minute is at or above 3%");
  expect(words("ema(12,5m) < 0", "en"))
    .toBe("the distance from the 5-minute 12-candle exponential average is below 0%");
});
