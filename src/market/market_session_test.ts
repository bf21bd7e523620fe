import { expect } from "expect";
import { marketSessionAt, marketSessionOf, marketSessionStarts } from "./market_session.ts";
import { dayOfDate } from "./seoul_time.ts";

function at(venue: "KRX" | "NXT" | "UN", text: string) {
  return marketSessionAt(venue, Date.parse(`${text}+09:00`));
}

Deno.test("the session of a trade is the one the feed gave", () => {
  const eventTime = Date.parse("2026-11-30T10:00:00+09:00");
  expect(marketSessionOf({ eventTime, marketSession: "after" })).toBe("after");
  expect(marketSessionOf({ eventTime })).toBe("regular");
  expect(marketSessionOf({ eventTime, marketSession: "odd" as "pre" })).toBe("regular");
});

Deno.test("where the feed gave none, time and venue decide it", () => {
  const day = "2026-11-30T";
  expect(at("KRX", `${day}08:35:00`)).toBe("closing");
  expect(at("KRX", `${day}08:59:59`)).toBe("pre");
  expect(at("KRX", `${day}09:00:00`)).toBe("regular");
  expect(at("KRX", `${day}15:30:29`)).toBe("regular");
  expect(at("KRX", `${day}15:45:00`)).toBe("closing");
  expect(at("KRX", `${day}16:00:00`)).toBe("after");
  expect(at("NXT", `${day}08:00:01`)).toBe("pre");
  expect(at("NXT", `${day}15:29:59`)).toBe("regular");
  expect(at("NXT", `${day}15:40:00`)).toBe("after");
  expect(at("UN", `${day}08:49:59`)).toBe("pre");
  expect(at("UN", `${day}15:30:20`)).toBe("regular");
  expect(at("UN", `${day}19:59:59`)).toBe("after");
});

Deno.test("on late days the sessions begin later", () => {
  expect(at("KRX", "2026-11-19T09:45:00")).toBe("pre");
  expect(at("KRX", "2026-11-19T16:20:00")).toBe("regular");
  expect(at("KRX", "2026-11-19T16:45:00")).toBe("closing");
  expect(at("NXT", "2026-11-19T16:30:00")).toBe("after");
  expect(at("KRX", "2027-01-04T09:45:00")).toBe("pre");
  expect(at("KRX", "2027-01-04T15:45:00")).toBe("closing");
});

Deno.test("the starts of a day rise, the first at midnight", () => {
  const day = dayOfDate("20261119") as number;
  for (const venue of ["KRX", "NXT", "UN"] as const) {
    const starts = marketSessionStarts(venue, day).map(({ fromMs }) => fromMs);
    expect(starts[0]).toBe(0);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  }
});
