import { idOfMatch } from "../../src/alerts/alert.ts";
import type { ListedSymbol } from "../../src/market/directory.ts";
import { referenceOfListed } from "../../src/market/directory.ts";
import { arrivalOf } from "../../src/ports/arrival.ts";
import type { EventLog, LogRecord } from "../../src/ports/event_log.ts";
import { decodeRule, isRuleKey } from "../../src/rules/codec.ts";
import { Oracle } from "../../src/rules/evaluate.ts";
import type { Rule } from "../../src/rules/rule.ts";

/**
 * The ids of the alerts that a log's trades fire, by the plain oracle. It compares every trade with every rule it has: here
 * each symbol has an oracle of its own with the rules that may concern it, and one without rules tells all of them the
 * partition's time.
 *
 * @param listed What the stream knows of the symbols: which market they are of.
 * @param each is given every trade.
 */
export async function expectedOf(
  log: EventLog,
  listed: readonly ListedSymbol[],
  each: (trade: LogRecord) => void,
): Promise<ReadonlySet<string>> {
  const references = new Map(listed.map((one) => [one.symbol as string, referenceOfListed(one)]));
  const expected = new Set<string>();
  const partitions = await log.partitions("trades");
  for (let partition = 0; partition < partitions; partition++) {
    const rules = await rulesOf(log, partition);
    const forAll = rules.filter(({ market }) => market !== null);
    const bySymbol = new Map<string, Rule[]>();
    for (const rule of rules) {
      for (const symbol of rule.symbols ?? (rule.symbol === null ? [] : [rule.symbol])) {
        bySymbol.set(symbol, [...bySymbol.get(symbol) ?? [], rule]);
      }
    }
    const oracles = new Map<string, Oracle>();
    const time = new Oracle({ partitions });
    for await (const record of recordsOf(log, "trades", partition)) {
      const timed = { ...record, arrival: arrivalOf(record) };
      const isTrade = !record.key.startsWith("~");
      if (isTrade) each(record);
      let oracle = oracles.get(record.key);
      if (oracle === undefined) {
        oracle = new Oracle({ partitions });
        const reference = references.get(record.key);
        if (reference !== undefined) oracle.setReference(reference);
        oracle.load([...bySymbol.get(record.key) ?? [], ...forAll]);
        oracles.set(record.key, oracle);
      }
      oracle.resume(time.time);
      if (isTrade) { for (const match of oracle.evaluate([timed]).matches) expected.add(idOfMatch(match)); }
      time.evaluate([timed]);
    }
  }
  return expected;
}

async function rulesOf(log: EventLog, partition: number): Promise<readonly Rule[]> {
  const rules = new Map<string, Rule>();
  for await (const { key, value } of recordsOf(log, "rules", partition)) {
    if (!isRuleKey(key)) continue;
    if (value === null) rules.delete(key);
    else rules.set(key, decodeRule(value));
  }
  return [...rules.values()];
}

async function* recordsOf(
  log: EventLog,
  topic: "trades" | "rules",
  partition: number,
): AsyncGenerator<LogRecord> {
  const { start, end } = await log.bounds(topic, partition);
  for await (const { records } of log.read({ topic, partition, from: start, to: end })) yield* records;
}
