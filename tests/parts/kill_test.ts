/**
 * The real process is killed (-9) again and again while rules are posted: no accepted rule is lost, no alert id is
 * repeated, no mail is repeated, and the trades that were acknowledged are still there.
 */
import { expect } from "expect";
import { decodeAlert } from "../../src/alerts/codec.ts";
import { systemClock } from "../../src/core/clock.ts";
import type { EventLog, LogRecord, Topic } from "../../src/ports/event_log.ts";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { mailsIn, startTickbell, until } from "../support/tickbell.ts";

const KILLS = Number(Deno.env.get("TICKBELL_TEST_KILLS") ?? 8);
const SYMBOLS = ["005930", "000660", "035420", "035720", "005380", "068270"];

Deno.test(`kill -9 at any moment (${KILLS} times) loses no rule and no trade and repeats nothing`, async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-kill-" });
  const accepted: string[] = [];
  try {
    for (let round = 0; round < KILLS; round++) {
      const running = await startTickbell(folder, ["--rate", "3000", "--seed", "7"]);
      const killAt = Date.now() + 100 + Math.random() * 1_500;
      try {
        for (let n = 0; Date.now() < killAt; n++) {
          const id = `k${round}-${n}`;
          const symbol = SYMBOLS[n % SYMBOLS.length];
          const rule = {
            id,
            symbol,
            kind: "target_price",
            comparator: "gte",
            value: 1,
            recipients: [`${id}@example.com`],
          };
          const response = await running.api("/v1/rules", { method: "POST", body: JSON.stringify(rule) });
          await response.body?.cancel();
          if (response.status === 201) accepted.push(id);
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      } finally {
        await running.kill();
      }
    }
    const last = await startTickbell(folder, ["--rate", "3000", "--seed", "7"]);
    try {
      const kept = await allRules(last);
      expect(accepted.filter((id) => !kept.includes(id))).toEqual([]);
      const fired = () => mailsIn(last.outbox).then((mails) => mails.length >= accepted.length || undefined);
      await until(fired, `${accepted.length} mails`, 60_000);
      const mails = await mailsIn(last.outbox);
      const recipients = mails.map((mail) => /^To: .*?([\w-]+)@example\.com/m.exec(mail)?.[1]);
      expect(new Set(recipients).size).toBe(recipients.length);
      expect(accepted.filter((id) => !recipients.includes(id))).toEqual([]);
    } finally {
      await last.stop();
    }
    await checkLog(folder, accepted);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function allRules(running: { api(path: string): Promise<Response> }): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: { data: { id: string }[]; nextCursor: string | null } =
      await (await running.api(`/v1/rules?limit=100${cursor === "" ? "" : `&cursor=${cursor}`}`)).json();
    ids.push(...page.data.map((rule) => rule.id));
    cursor = page.nextCursor;
  }
  return ids;
}

/** No alert id twice, and each symbol's trades without a hole: the accumulated volume grows by each trade's own. */
async function checkLog(folder: string, accepted: readonly string[]): Promise<void> {
  const log = await openSqliteLog({ path: `${folder}/events.db`, clock: systemClock });
  try {
    const ids = (await recordsOf(log, "alerts")).map((record) => decodeAlert(record.value as Uint8Array).id);
    expect(ids.length).toBe(new Set(ids).size);
    expect(ids.length).toBeGreaterThanOrEqual(accepted.length);
    const accumulated = new Map<string, number>();
    let holes = 0;
    let trades = 0;
    for (const record of await recordsOf(log, "trades")) {
      const trade = JSON.parse(new TextDecoder().decode(record.value as Uint8Array));
      const before = accumulated.get(trade.symbol);
      if (before !== undefined && trade.accVolume !== before + trade.volume) holes++;
      accumulated.set(trade.symbol, trade.accVolume);
      trades++;
    }
    expect(trades).toBeGreaterThan(1_000);
    expect(holes).toBe(0);
  } finally {
    await log.close();
  }
}

async function recordsOf(log: EventLog, topic: Topic): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (let partition = 0; partition < await log.partitions(topic); partition++) {
    const { start, end } = await log.bounds(topic, partition);
    for await (const batch of log.read({ topic, partition, from: start, to: end })) {
      records.push(...batch.records);
    }
  }
  return records;
}
