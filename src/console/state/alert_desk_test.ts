import { expect } from "expect";
import type { ShownDelivery } from "../api/types.ts";
import { alert } from "../fixture.ts";
import { alertState, byDay, deskAlerts, sentAfterMs } from "./alert_desk.ts";

const delivery = (
  recipient: string,
  state: ShownDelivery["state"],
  at: number | null = null,
): ShownDelivery => ({
  recipient,
  state,
  attempts: 1,
  reason: "",
  at,
});
const SENT = alert({
  id: "sent",
  deliveries: [delivery("kim@example.com", "sent"), delivery("lee@example.com", "digested")],
});
const OPEN = alert({ id: "open", deliveries: [delivery("kim@example.com", "failed")] });
const DEAD = alert({
  id: "dead",
  name: "카카오",
  symbol: "035720",
  deliveries: [delivery("kim@example.com", "dead")],
});

Deno.test("alerts are found by words and by what became of them", () => {
  const ids = (search: string, state: "all" | "open" | "failed" | "sent") =>
    deskAlerts([SENT, OPEN, DEAD], { search, state }).map(({ id }) => id);
  expect([ids("", "all"), ids("", "open"), ids("", "failed"), ids("", "sent")])
    .toEqual([["sent", "open", "dead"], ["open"], ["dead"], ["sent"]]);
  expect(ids("카카오 kim@", "all")).toEqual(["dead"]);
  // What is tried again is open, not failed.
  expect(alertState(OPEN)).toBe("open");
});

Deno.test("alerts stand under their days in Seoul", () => {
  const before = alert({ id: "before", eventTime: SENT.eventTime - 86_400_000 });
  expect(byDay([SENT, OPEN, before]).map(([day, alerts]) => [day, alerts.length]))
    .toEqual([["2026-11-23", 2], ["2026-11-22", 1]]);
});

Deno.test("how long a message took is known of one that was sent, of today's trade", () => {
  const at = SENT.eventTime + 420;
  expect(sentAfterMs(SENT, delivery("a@x.com", "sent", at))).toBe(420);
  expect(sentAfterMs(SENT, delivery("a@x.com", "pending", at))).toBeUndefined();
  expect(sentAfterMs(SENT, delivery("a@x.com", "sent", at + 90_000_000))).toBeUndefined();
});
