import { recipientKey, RECIPIENTS_PLACEMENT } from "../alerts/recipient_settings.ts";
import { InputError } from "../core/errors.ts";
import type { EventLog, LogRecord, NewRecord, Topic } from "../ports/event_log.ts";
import { recordsOf } from "./records_of.ts";
import { decodeRule, encodeRule, isRuleKey } from "../rules/codec.ts";
import { copiesOf, placedOn } from "../rules/placements.ts";
import { placementKey, type Rule } from "../rules/rule.ts";
import { RULE_HEADERS } from "../rules/rule_history.ts";
import { OWN_KEYS, type OwnKey } from "./own_keys.ts";

/**
 * Takes what the product knows from one log into another with another number of partitions, each record to its symbol's
 * partition there. No role may be running on either.
 *
 * What is to be handled goes on where it was: trades that the stream has not evaluated and quotes that the consumer has
 * not stored are taken along, and the notifier begins with the alerts that it has not taken up.
 *
 * @returns How many records of each topic were taken.
 */
export async function growLog(from: EventLog, to: EventLog): Promise<ReadonlyMap<Topic, number>> {
  const taken = new Map<Topic, number>();
  const take = async (topic: Topic, records: AsyncIterable<NewRecord>) => {
    const count = await appendAll(to, records);
    taken.set(topic, (taken.get(topic) ?? 0) + count);
  };
  const rules = new Map<string, Rule>();
  await take("rules", rulesOf(from, rules));
  await take("rules", copies([...rules.values()], await to.partitions("rules")));
  for (const topic of ["reference", "candles"] as const) {
    await take(topic, placed(inOrder(from, topic), ({ key }) => key));
  }
  await take("spent", placed(inOrder(from, "spent"), ({ key }) => symbolOfSpent(key, rules)));
  await take("deliveries", placed(inOrder(from, "deliveries"), symbolOfDelivery));
  await take(
    "alerts",
    placed(inOrder(from, "alerts", { group: "notifier", part: "done" }), ({ key }) => key),
  );
  await commitAtEnd(to, "notifier", "alerts");
  await take(
    "alerts",
    placed(inOrder(from, "alerts", { group: "notifier", part: "left" }), ({ key }) => key),
  );
  await take("trades", placed(inOrder(from, "trades", { group: "stream", part: "left" }), ({ key }) => key));
  await take(
    "quotes",
    placed(inOrder(from, "quotes", { group: "consumer", part: "left" }), ({ key }) => key),
  );
  return taken;
}

const PIECE_RECORDS = 2_000;
const decoder = new TextDecoder();

async function appendAll(to: EventLog, records: AsyncIterable<NewRecord>): Promise<number> {
  let count = 0;
  let piece: NewRecord[] = [];
  const flush = async () => {
    if (piece.length > 0) await to.append(piece);
    count += piece.length;
    piece = [];
  };
  for await (const record of records) {
    piece.push(record);
    if (piece.length >= PIECE_RECORDS) await flush();
  }
  await flush();
  return count;
}

/** The records of a topic's partitions, merged by their times: those of one symbol may stand on several by now. */
async function* inOrder(
  log: EventLog,
  topic: Topic,
  share?: { readonly group: string; readonly part: "done" | "left" },
): AsyncGenerator<LogRecord> {
  const heads: { record: LogRecord; rest: AsyncGenerator<LogRecord> }[] = [];
  for (let partition = 0; partition < await log.partitions(topic); partition++) {
    const { start, end } = await log.bounds(topic, partition);
    const committed = share && await log.committed(share.group, topic, partition);
    const middle = Math.min(end, Math.max(start, committed?.offset ?? start));
    const [from, to] = share === undefined
      ? [start, end]
      : share.part === "done"
      ? [start, middle]
      : [middle, end];
    const rest = recordsOf(log, { topic, partition, from, to });
    const { value, done } = await rest.next();
    if (!done) heads.push({ record: value, rest });
  }
  while (heads.length > 0) {
    const head = heads.reduce((first, other) =>
      other.record.timestamp < first.record.timestamp ? other : first
    );
    yield head.record;
    const { value, done } = await head.rest.next();
    if (done) heads.splice(heads.indexOf(head), 1);
    else head.record = value;
  }
}

/** Records as they were, where they belong; those that belong nowhere (`placement` undefined) are left. */
async function* placed(
  records: AsyncIterable<LogRecord>,
  placementOf: (record: LogRecord) => string | undefined,
): AsyncGenerator<NewRecord> {
  for await (const record of records) {
    const placement = placementOf(record);
    if (placement === undefined) continue;
    const { topic, key, value, timestamp, headers } = record;
    yield { topic, key, value, timestamp, headers, placement };
  }
}

/** The rules' own records with all their history, and what else stands on the topic; not the copies. */
async function* rulesOf(from: EventLog, rules: Map<string, Rule>): AsyncGenerator<NewRecord> {
  const placements = new Map<string, string>();
  yield* placed(inOrder(from, "rules"), ({ key, value, headers }) => {
    if (!isRuleKey(key)) return placementOfOwn(key);
    if (headers[RULE_HEADERS.copy] !== undefined) return undefined;
    if (value === null) {
      rules.delete(key);
      // A tombstone names no symbol: it goes where its rule went.
      return placements.get(key);
    }
    const rule = ruleOf(value);
    if (rule === undefined) return key;
    rules.set(key, rule);
    placements.set(key, placementKey(rule));
    return placementKey(rule);
  });
}

async function* copies(rules: readonly Rule[], partitions: number): AsyncGenerator<NewRecord> {
  for (const rule of rules) {
    for (const partition of copiesOf(rule, partitions)) {
      yield {
        topic: "rules",
        key: rule.id,
        value: encodeRule(rule),
        placement: placedOn(partition, partitions),
        timestamp: rule.updatedAt,
        headers: { [RULE_HEADERS.copy]: String(rule.version) },
      };
    }
  }
}

/** Where the product's own records stood on the rules topic up to version 1.0. */
function placementOfOwn(key: string): string {
  const kinds: readonly OwnKey[] = Object.values(OWN_KEYS);
  const kind = kinds.find(({ old }) => old !== undefined && key.startsWith(old.prefix));
  return kind?.old?.placement ?? key;
}

/** What no rule's codec reads is taken along as it is, for whoever reads it to refuse. */
function ruleOf(value: Uint8Array): Rule | undefined {
  try {
    return decodeRule(value);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** `RULE` or `RULE:SYMBOL`. */
function symbolOfSpent(key: string, rules: ReadonlyMap<string, Rule>): string {
  const rule = rules.get(key);
  if (rule !== undefined) return placementKey(rule);
  return key.slice(key.lastIndexOf(":") + 1);
}

function symbolOfDelivery({ key, value }: LogRecord): string | undefined {
  if (key.startsWith(recipientKey(""))) return RECIPIENTS_PLACEMENT;
  if (value === null) return undefined;
  try {
    const { symbol } = Object(JSON.parse(decoder.decode(value)));
    return typeof symbol === "string" ? symbol : key;
  } catch (error) {
    if (error instanceof SyntaxError) return key;
    throw error;
  }
}

/** The group has done everything that is there now. */
async function commitAtEnd(log: EventLog, group: string, topic: Topic): Promise<void> {
  const partitions = await log.partitions(topic);
  const committed = new Set<number>();
  const all = Promise.withResolvers<void>();
  const member = await log.join({
    group,
    topics: [topic],
    assigned: async ({ partition, commit }) => {
      const { end } = await log.bounds(topic, partition);
      await commit({ offset: end, metadata: "" });
      committed.add(partition);
      if (committed.size === partitions) all.resolve();
      return { handle: () => Promise.resolve(), revoke: () => Promise.resolve() };
    },
  });
  await Promise.race([all.promise, member.done]);
  await member.leave();
}
