import { MAX_EVENT_TIME } from "../market/decode_trade.ts";
import type { Symbol } from "../market/symbol.ts";
import type { LogRecord, NewRecord } from "../ports/event_log.ts";
import type { FiredMark, Match } from "../rules/evaluation.ts";
import { isForMany, type Rule } from "../rules/rule.ts";
import type { ProjectionReader } from "./projection.ts";
import { readObject } from "./read_json.ts";

/** That a rule which fires once has, for a symbol: what a restart may have to write that its forerunner could not. */
export interface SpentMark {
  readonly mark: FiredMark;
  readonly symbol: Symbol;
  /** Of the trade, epoch ms. */
  readonly eventTime: number;
}

/** The mark of a match of a rule that fires once. */
export function spentBy({ rule, symbol, windowStart, eventTime }: Match): SpentMark {
  const mark = { ruleId: rule.id, symbol: isForMany(rule) ? symbol : null, armed: rule.armed, windowStart };
  return { mark, symbol, eventTime };
}

/** The record that a rule which fires once has: `RULE` or `RULE:SYMBOL`, on its symbol's partition. */
export function spentRecord({ mark, symbol, eventTime }: SpentMark): NewRecord {
  const { ruleId, symbol: one, armed, windowStart } = mark;
  return {
    topic: "spent",
    key: spentKey(mark),
    placement: symbol,
    value: JSON.stringify({ ruleId, symbol: one, armed, windowStart }),
    timestamp: eventTime,
  };
}

/** What a record of the spent topic says; undefined for one that says nothing. */
export function spentOf(value: Uint8Array): FiredMark | undefined {
  const { ruleId, symbol = null, armed, windowStart } = readObject(value);
  return isMark(ruleId, armed, windowStart)
    ? {
      ruleId: String(ruleId),
      symbol: symbol as string | null,
      armed: Number(armed),
      windowStart: Number(windowStart),
    }
    : undefined;
}

/** Whether three values are those of a mark: a rule's id, its arming, and where a window of it began. */
export function isMark(ruleId: unknown, armed: unknown, windowStart: unknown): boolean {
  return typeof ruleId === "string" && Number.isSafeInteger(armed) && Number.isSafeInteger(windowStart) &&
    (windowStart as number) >= 0 && (windowStart as number) < MAX_EVENT_TIME;
}

/** Which rules that fire once have fired, as the spent topic says, however old their alerts are. */
export class SpentRules implements ProjectionReader<FiredMark | null> {
  readonly #marks = new Map<string, FiredMark>();

  decode({ value }: LogRecord): FiredMark | null | undefined {
    return value === null ? null : spentOf(value);
  }

  apply(mark: FiredMark | null, { key }: LogRecord): void {
    if (mark === null) this.#marks.delete(key);
    else this.#marks.set(spentKey(mark), mark);
  }

  /** Whether a rule as it is armed now has fired once and for all, for one of its symbols. */
  has(rule: Rule, symbol: Symbol): boolean {
    if (rule.repeat !== "once") return false;
    const mark = this.#marks.get(spentKey({ ruleId: rule.id, symbol: isForMany(rule) ? symbol : null }));
    return mark !== undefined && mark.armed === rule.armed && mark.windowStart === rule.armedAt;
  }
}

/** The key of a mark on the spent topic. */
export function spentKey({ ruleId, symbol }: Pick<FiredMark, "ruleId" | "symbol">): string {
  return symbol === null ? ruleId : `${ruleId}:${symbol}`;
}
