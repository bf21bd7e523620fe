import { expect } from "expect";
import type { Evaluation } from "../../rules/evaluation.ts";
import { type OffsetAccount, PartitionAudit } from "./partition_audit.ts";

function evaluation(changes: Partial<Evaluation> = {}): Evaluation {
  const none = {
    trades: 0,
    passed: 0,
    late: 0,
    halted: 0,
    expected: 0,
    nextOffset: 0,
    matches: [],
    rejected: [],
  };
  return { ...none, ...changes };
}

function refused(code: string) {
  return { offset: 0, code, reason: code, bytes: new Uint8Array() };
}

function positive(account: OffsetAccount): Partial<OffsetAccount> {
  return Object.fromEntries(Object.entries(account).filter(([, count]) => count !== 0));
}

Deno.test("every offset is accounted for by what became of it", () => {
  const audit = new PartitionAudit(100);
  const first = audit.account(
    { fromOffset: 100, nextOffset: 120, leftOut: { aborted: 3, control: 2, unreadable: 0 } },
    evaluation({ trades: 10, passed: 4, late: 2, halted: 1, expected: 1, rejected: [refused("bad_trade")] }),
  );
  expect(positive(first)).toEqual({
    evaluated: 6,
    late: 2,
    halted: 1,
    expected_price: 1,
    passed: 4,
    refused: 1,
    aborted: 3,
    control: 2,
  });
  // Retention took 30; then a batch that could not be read.
  const unreadable = { fromOffset: 150, nextOffset: 157, leftOut: { aborted: 0, control: 0, unreadable: 7 } };
  expect(positive(audit.account(unreadable, evaluation()))).toEqual({ deleted: 30, unreadable: 7 });
});

Deno.test("a hole, and a record that is counted twice, are unaccounted for", () => {
  const audit = new PartitionAudit(0);
  expect(positive(audit.account({ fromOffset: 0, nextOffset: 10 }, evaluation({ trades: 9 }))))
    .toEqual({ evaluated: 9, unaccounted: 1 });
  expect(positive(audit.account({ fromOffset: 10, nextOffset: 20 }, evaluation({ trades: 12 }))))
    .toEqual({ evaluated: 12, unaccounted: 2 });
});

Deno.test("records of a piece that could not be taken apart are refused with it", () => {
  const audit = new PartitionAudit(0);
  const account = audit.account(
    { fromOffset: 0, nextOffset: 10 },
    evaluation({ trades: 4, rejected: [refused("bad_batch")] }),
  );
  expect(positive(account)).toEqual({ evaluated: 4, refused: 6 });
});

Deno.test("who never committed begins where there is something; a topic made anew begins again", () => {
  const audit = new PartitionAudit(null);
  expect(positive(audit.account({ fromOffset: 301, nextOffset: 302 }, evaluation({ trades: 1 })))).toEqual({
    evaluated: 1,
  });
  expect(positive(audit.account({ fromOffset: 0, nextOffset: 5 }, evaluation({ trades: 5 })))).toEqual({
    evaluated: 5,
  });
});
