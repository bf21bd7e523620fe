import { expect } from "expect";
import { DELIVERY_STATES, isFinal as isFinalInLedger } from "../../alerts/ledger.ts";
import { alert } from "../fixture.ts";
import { ko } from "../i18n/ko.ts";
import { isFinal, isSettled, toneOf } from "./delivery.ts";

Deno.test("the page and the ledger agree on which states are final, and every state has its words", () => {
  for (const state of DELIVERY_STATES) {
    expect({ state, final: isFinal(state) }).toEqual({ state, final: isFinalInLedger(state) });
    expect(Object.hasOwn(ko, `delivery.${state}`)).toBe(true);
  }
});

Deno.test("an alert is done when every recipient's delivery is at its end", () => {
  const delivery = (recipient: string, state: "sent" | "calling" | "suppressed") => ({
    recipient,
    state,
    attempts: 1,
    reason: "",
    at: null,
  });
  const [kim, lee] = ["kim@example.com", "lee@example.com"];
  expect(isSettled(alert())).toBe(false);
  expect(isSettled(alert({ deliveries: [delivery(kim!, "sent")] }))).toBe(false);
  expect(isSettled(alert({ deliveries: [delivery(kim!, "sent"), delivery(lee!, "calling")] }))).toBe(false);
  expect(isSettled(alert({ deliveries: [delivery(kim!, "sent"), delivery(lee!, "suppressed")] }))).toBe(true);
});

Deno.test("a retry looks bad, what was kept back on purpose is quiet", () => {
  expect(DELIVERY_STATES.map(toneOf)).toEqual([
    "open",
    "open",
    "open",
    "bad",
    "open",
    "open",
    "done",
    "bad",
    "quiet",
    "done",
    "bad",
  ]);
});
