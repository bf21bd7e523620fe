/**
 * The real process is killed (-9) again and again while rules are posted: no accepted rule is lost, no alert id is
 * repeated, no mail is repeated, and the trades that were acknowledged are still there.
 */
import { expect } from "expect";
import { decodeAlert } from "../../src/alerts/codec.ts";
import type { EventLog, LogRecord, Topic } from "../../src/ports/event_log.ts";
import { openEmbeddedLog } from "../../src/cli/open_embedded_log.ts";
import { mailsIn, startTickbell, until } from "../support/tickbell.ts";

const KILLS = Number(Deno.env.get("TICKBELL_TEST_KILLS") ?? 8);
/** Funds: the simulated market does not take them to a limit, where they would not trade for minutes. */
const SYMBOLS = ["069500", "102110", "114800", "122630", "252670", "233740"];

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
      const mailed = async () =>
        (await mailsIn(last.outbox)).map((mail) => /^To: .*?([\w-]+)@example\.com/m.exec(mail)?.[1]);
      const unmailed = async () => {
        const recipients = await mailed();
        return accepted.filter((id) => !recipients.includes(id));
      };
      await until(async () => (await unmailed()).length === 0 || undefined, "every mail", 20_000).catch(
        async () => {
          throw new Error(`accepted and never mailed: ${await unmailed()}`);
        },
      );
      const recipients = await mailed();
      expect(new Set(recipients).size).toBe(recipients.length);
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
  const log = await openEmbeddedLog(folder);
  try {
    const ids = (await recordsOf(log, "alerts")).map((record) => decodeAlert(record.value as Uint8Array).id);
    expect(ids.length).toBe(new Set(ids).size);
    expect(ids.length).toBeGreaterThanOrEqual(accepted.length);
    const accumulated = new Map<string, number>();
    let holes = 0;
    let trades = 0;
    for (const record of await recordsOf(log, "trades")) {
      const trade = JSON.parse(new TextDecoder().decode(record.value as Uint8Array));
      // Statuses and time marks are no trades; expected prices and halted symbols trade nothing.
      if (trade.kind !== undefined || trade.session !== undefined || trade.halted === "Y") continue;
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
