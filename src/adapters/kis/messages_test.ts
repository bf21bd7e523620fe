import { expect } from "expect";
import fc from "fast-check";
import { Activity } from "./activity.ts";
import { dispositionOf } from "./codes.ts";
import { readControl, requestMessage } from "./messages.ts";

Deno.test("a request is what KIS's samples send", () => {
  const unit = { trId: "H0STCNT0", symbol: "005930" };
  const request = requestMessage(unit, { register: true, approvalKey: "k", customerType: "P" });
  expect(JSON.parse(request)).toEqual({
    header: { approval_key: "k", custtype: "P", tr_type: "1", "content-type": "utf-8" },
    body: { input: { tr_id: "H0STCNT0", tr_key: "005930" } },
  });
  const given = requestMessage(unit, { register: false, approvalKey: "k", customerType: "P" });
  expect(JSON.parse(given).header.tr_type).toBe("2");
});

Deno.test("heartbeats and acknowledgements are distinguished, with the key of encrypted frames", () => {
  expect(readControl('{"header":{"tr_id":"PINGPONG","datetime":"20250730094752"}}')).toEqual({
    is: "heartbeat",
  });
  const ack = {
    header: { tr_id: "H0STCNT0", tr_key: "005930", encrypt: "N" },
    body: { rt_cd: "0", msg_cd: "OPSP0000", msg1: "SUBSCRIBE SUCCESS", output: { iv: "i", key: "k" } },
  };
  expect(readControl(JSON.stringify(ack))).toEqual({
    is: "answer",
    unit: { trId: "H0STCNT0", symbol: "005930" },
    code: "OPSP0000",
    text: "SUBSCRIBE SUCCESS",
    cipher: { iv: "i", key: "k" },
  });
});

Deno.test("no text makes the reader of control messages throw", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.anything().map((any) => JSON.stringify({ header: any }) ?? ""),
      ),
      (text) => {
        expect(["heartbeat", "answer", "unknown"]).toContain(readControl(text).is);
      },
    ),
  );
});

Deno.test("every code has its disposition; one that is not known refuses what it answers", () => {
  expect(["OPSP0000", "OPSP0002"].map(dispositionOf)).toEqual(["registered", "registered"]);
  expect(["OPSP0001", "OPSP0003"].map(dispositionOf)).toEqual(["unregistered", "unregistered"]);
  expect(["OPSP8996", "OPSP9994", "OPSP0010"].map(dispositionOf)).toEqual(["in_use", "stop", "stop"]);
  expect(["OPSP0008", "OPSP0011", "OPSP9993"].map(dispositionOf)).toEqual([
    "full",
    "renew_approval",
    "retry",
  ]);
  expect(["OPSP8992", "OPSP1234", "toString"].map(dispositionOf)).toEqual(["refuse", "refuse", "refuse"]);
});

Deno.test("a symbol is stale when it came often and stopped while others go on, and not again for ten minutes", () => {
  const activity = new Activity();
  const trade = (symbol: string) => `0|H0STCNT0|001|${symbol}^094751^71950`;
  for (let second = 0; second < 30; second++) {
    activity.saw(trade("005930"), second * 1000);
    activity.saw(trade("000660"), second * 1000);
    if (second % 15 === 0) activity.saw(trade("035420"), second * 1000);
  }
  for (let second = 30; second < 200; second++) activity.saw(trade("000660"), second * 1000);
  expect([...activity.stale(100_000, 120_000)]).toEqual([]);
  expect([...activity.stale(199_000, 120_000)]).toEqual(["005930"]);
  activity.renewed("005930", 199_000);
  expect([...activity.stale(500_000, 120_000)]).toEqual([]);
});

Deno.test("nothing is stale while nothing comes at all: that is the connection's silence", () => {
  const activity = new Activity();
  for (let second = 0; second < 30; second++) activity.saw("0|H0STCNT0|001|005930^094751", second * 1000);
  expect([...activity.stale(1_000_000, 120_000)]).toEqual([]);
});
