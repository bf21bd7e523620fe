/**
 * From the 201 of a rule to the alert of the first trade that was evaluated with it, with control and stream in
 * processes of their own.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import { LISTING } from "../../src/market/listing.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import type { TestTopics } from "../../tests/support/kafka_log.ts";
import { until } from "../../tests/support/tickbell.ts";
import { PARTITIONS, round, withTopics } from "./kafka_rig.ts";

const RULES = 300;
/** The first ones warm both processes up. */
const WARM = 50;
/** A trade that came before its rule was in force cannot fire: the next one comes this much later, ms. */
const APART_MS = 5;
const API_KEY = "tb_bench_key_of_32_characters_000";
const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const SYMBOLS = LISTING.filter(({ type }) => type === "stock");

/** Posts rules one after the other; each is met by trades that begin at its 201. */
export async function rulesInForce(brokers: readonly string[]): Promise<Record<string, unknown>> {
  const row = await withTopics(brokers, async (made, log) => {
    const dataDir = await Deno.makeTempDir({ prefix: "tickbell-bench-" });
    const roles = [
      role(made, ["control", "--port", "0", "--api-key", API_KEY, "--data-dir", dataDir]),
      role(made, ["stream", "--metrics-port", "0", "--data-dir", dataDir]),
    ] as const;
    try {
      const [control, stream] = await Promise.all(roles.map((one) => one.url)) as [string, string];
      await Promise.all([ready(control), ready(stream)]);
      return await measure(log, control);
    } finally {
      for (const { process } of roles) {
        process.kill("SIGTERM");
        await process.status;
      }
      await Deno.remove(dataDir, { recursive: true });
    }
  });
  console.error(JSON.stringify(row));
  return row;
}

async function measure(log: EventLog, control: string): Promise<Record<string, unknown>> {
  const alerts = new Map<string, { at: number; eventTime: number }>();
  const stop = new AbortController();
  const follow = Array.from({ length: PARTITIONS }, async (_, partition) => {
    for await (const { records } of log.read({ topic: "alerts", partition, from: 0, signal: stop.signal })) {
      const at = performance.now();
      for (const { value } of records) {
        const { ruleId, eventTime } = JSON.parse(new TextDecoder().decode(value ?? undefined));
        alerts.set(ruleId, { at, eventTime });
      }
    }
  });
  const waits: number[] = [];
  let byFirst = 0;
  for (let index = 0; index < RULES; index++) {
    const id = `bench-${index}`;
    const symbol = SYMBOLS[index % SYMBOLS.length]?.symbol as string;
    await post(control, {
      id,
      symbol,
      kind: "target_price",
      condition: "1|이상",
      recipients: ["a@example.com"],
    });
    const answered = performance.now();
    const first = await appendTrade(log, symbol);
    const alert = await until(async () => {
      if (!alerts.has(id)) await appendTrade(log, symbol);
      await new Promise((go) => setTimeout(go, APART_MS));
      return alerts.get(id);
    }, `the alert of ${id}`);
    if (index < WARM) continue;
    waits.push(alert.at - answered);
    if (alert.eventTime === first) byFirst++;
  }
  stop.abort();
  await Promise.all(follow);
  waits.sort((a, b) => a - b);
  const at = (share: number) => round(waits[Math.floor(waits.length * share)] ?? NaN);
  return {
    what: "201 to the alert of the first trade",
    rules: waits.length,
    by_first_trade: byFirst,
    p50_ms: at(0.5),
    p99_ms: at(0.99),
    max_ms: round(waits.at(-1) ?? NaN),
  };
}

let lastTime = 0;

/**
 * Appends a trade of now.
 *
 * @returns its event time; no two have the same.
 */
async function appendTrade(log: EventLog, symbol: string): Promise<number> {
  const eventTime = lastTime = Math.max(lastTime + 1, Date.now());
  const trade = {
    ...{ symbol, eventTime, price: 70_000, sign: "2", change: 100, rate: 0.14, halted: "N" } as const,
    ...{ open: 70_000, high: 70_000, low: 70_000, volume: 1, accVolume: 1, accValue: 70_000 },
    ...{ ask: 70_100, bid: 70_000 },
  };
  await log.append([{ topic: "trades", key: symbol, value: encodeTrade(trade), timestamp: eventTime }]);
  return eventTime;
}

async function post(control: string, rule: Record<string, unknown>): Promise<void> {
  const response = await fetch(`${control}/v1/rules`, {
    method: "POST",
    headers: { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" },
    body: JSON.stringify(rule),
  });
  const body = await response.text();
  if (response.status !== 201) throw new Error(`a rule was answered ${response.status}: ${body}`);
}

/** A role's process, and where it serves /readyz. */
function role(
  made: TestTopics,
  args: readonly string[],
): { process: Deno.ChildProcess; url: Promise<string> } {
  const topics = Object.entries(made.names).flatMap(([topic, name]) => [`--topic-${topic}`, name]);
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "-A", MAIN, ...args, ...topics],
      ...["--brokers", made.brokers.join(","), "--group-prefix", made.groupPrefix],
    ],
    env: { NO_COLOR: "1", TICKBELL_LOG_LEVEL: "warning" },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const address = Promise.withResolvers<string>();
  const read = async () => {
    let said = "";
    for await (const text of process.stderr.pipeThrough(new TextDecoderStream())) {
      said += text;
      const port = /(?:metrics on port |127\.0\.0\.1:)(\d+)/.exec(said)?.[1];
      if (port !== undefined) address.resolve(`http://127.0.0.1:${port}`);
    }
    address.reject(new Error(`${args[0]} ended: ${said}`));
  };
  void read();
  return { process, url: address.promise };
}

async function ready(url: string): Promise<void> {
  await until(
    async () => {
      const response = await fetch(`${url}/readyz`);
      await response.body?.cancel();
      return response.ok || undefined;
    },
    `${url} to be ready`,
    60_000,
  );
}
