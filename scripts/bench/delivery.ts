/**
 * How fast alerts reach a mail service, and what a burst costs in memory; size and cold start of the Lambda.
 *
 * @module
 */
import { OutboxChannel } from "../../src/adapters/outbox/outbox_channel.ts";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { encodeAlert } from "../../src/alerts/codec.ts";
import { alertFixture } from "../../src/alerts/fixture.ts";
import { systemClock } from "../../src/core/clock.ts";
import type { Channel } from "../../src/ports/channel.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { Notifier } from "../../src/roles/notifier/notifier.ts";
import type { NotifierOptions } from "../../src/roles/notifier/options.ts";
import { buildLambda } from "../build_lambda.ts";
import { fair } from "./delivery_fair.ts";
import { LAMBDA_RUNTIME, LambdaRuntime } from "../../tests/support/lambda_runtime.ts";

interface ScenarioOptions {
  readonly json: boolean;
  readonly args: string[];
}
type Row = Record<string, unknown>;

const SYMBOLS = Array.from({ length: 200 }, (_, index) => String(100_000 + index));
const PARTITIONS = 6;

/** A mail service that answers after some ms, as SES does over a network. */
function service(answerMs: number, taken: (deliveryId: string) => void): Channel {
  return {
    channel: "mail",
    transport: "bench",
    async send(message) {
      if (answerMs > 0) await new Promise((resolve) => setTimeout(resolve, answerMs));
      taken(message.deliveryId);
      return { providerId: "1" };
    },
    close: () => Promise.resolve(),
  };
}

function record(index: number) {
  const alert = alertFixture({
    ruleId: `r${index}`,
    symbol: SYMBOLS[index % SYMBOLS.length] as string,
    recipients: [`u${index % 5_000}@example.com`],
    eventTime: Date.now(),
  });
  return {
    topic: "alerts",
    key: alert.symbol,
    value: encodeAlert(alert),
    timestamp: alert.eventTime,
  } as const;
}

async function withNotifier(
  channels: Channel[],
  work: (log: EventLog, notifier: Notifier, folder: string) => Promise<Row>,
  options: Partial<NotifierOptions> = {},
): Promise<Row> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-bench-" });
  const log = await openSqliteLog({
    path: `${folder}/events.db`,
    partitions: PARTITIONS,
    clock: systemClock,
  });
  const common = { log, clock: systemClock, random: Math.random, stormPerMinute: 0 };
  const notifier = new Notifier({ ...common, channels, ...options });
  const stop = new AbortController();
  const running = notifier.run(stop.signal);
  try {
    await log.append([record(1_000_000)].map((first) => ({ ...first, key: "100000" })));
    await notifier.idle();
    return await work(log, notifier, folder);
  } finally {
    stop.abort();
    await running;
    await log.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** From writing an alert to the service having taken its mail, at a steady rate. */
async function steady({ args }: ScenarioOptions): Promise<Row[]> {
  const perSecond = Number(args[0] ?? 100);
  const seconds = Number(args[1] ?? 20);
  const rows: Row[] = [];
  for (const answerMs of [0, 50]) {
    const begun = new Map<string, number>();
    const times: number[] = [];
    const taken = (id: string) => {
      const at = begun.get(id.slice(0, id.indexOf("@")));
      if (at !== undefined) times.push(performance.now() - at);
    };
    rows.push(
      await withNotifier([service(answerMs, taken)], async (log, notifier) => {
        const writing: Promise<unknown>[] = [];
        const start = performance.now();
        for (let index = 0; index < perSecond * seconds; index++) {
          const wait = start + index * 1000 / perSecond - performance.now();
          if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
          begun.set(`r${index}`, performance.now());
          writing.push(log.append([record(index)]));
        }
        await Promise.all(writing);
        await notifier.idle();
        times.sort((one, other) => one - other);
        const percentile = (share: number) =>
          Math.round((times[Math.floor(times.length * share)] ?? 0) * 10) / 10;
        return {
          scenario: "delivery-steady",
          alertsPerSecond: perSecond,
          serviceAnswerMs: answerMs,
          mails: times.length,
          p50Ms: percentile(0.5),
          p99Ms: percentile(0.99),
          maxMs: percentile(0.9999),
        };
      }),
    );
  }
  return rows;
}

/** Ten thousand alerts in one second, to their ends. */
async function burst({ args }: ScenarioOptions): Promise<Row[]> {
  const count = Number(args[0] ?? 10_000);
  const rows: Row[] = [];
  const cases: [string, number, Partial<NotifierOptions>][] = [
    ["service answers at once", 0, {}],
    ["service answers in 50 ms, 50 at once", 50, { concurrency: 50 }],
  ];
  for (const [name, answerMs, options] of cases) {
    let mails = 0;
    rows.push(
      await withNotifier([service(answerMs, () => mails++)], async (log, notifier) => {
        return { ...await pour(log, notifier, count), case: name, mails: mails - 1 };
      }, options),
    );
  }
  const folder = await Deno.makeTempDir({ prefix: "tickbell-bench-" });
  const outbox = await OutboxChannel.open({ folder, from: "tickbell@localhost" });
  rows.push(
    await withNotifier([outbox], async (log, notifier) => {
      const poured = await pour(log, notifier, count);
      return { ...poured, case: "outbox files", mails: [...Deno.readDirSync(folder)].length - 1 };
    }),
  );
  await Deno.remove(folder, { recursive: true });
  return rows;
}

async function pour(log: EventLog, notifier: Notifier, count: number): Promise<Row> {
  const records = Array.from({ length: count }, (_, index) => record(index));
  const before = Deno.memoryUsage().rss;
  let peakRss = before;
  let mostContents = 0;
  let mostOpen = 0;
  const watch = setInterval(() => {
    peakRss = Math.max(peakRss, Deno.memoryUsage().rss);
    mostContents = Math.max(mostContents, notifier.contentCount);
    mostOpen = Math.max(mostOpen, notifier.openCount);
  }, 5);
  const start = performance.now();
  for (let tenth = 0; tenth < 10; tenth++) {
    const wait = start + tenth * 100 - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    await log.append(records.slice(tenth * count / 10, (tenth + 1) * count / 10));
  }
  const pouredMs = Math.round(performance.now() - start);
  await notifier.idle();
  clearInterval(watch);
  return {
    scenario: "delivery-burst",
    alerts: count,
    pouredMs,
    allEndedMs: Math.round(performance.now() - start),
    mostOpen,
    mostContents,
    rssGrowthMiB: Math.round((peakRss - before) / 2 ** 20),
  };
}

/** The Lambda's bundle: its size, and its start under the real runtime client. */
async function lambda(): Promise<Row[]> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-bench-" });
  try {
    const { archiveBytes, moduleBytes } = await buildLambda(folder);
    const sizes = {
      scenario: "lambda",
      zipKiB: Math.round(archiveBytes / 1024),
      moduleKiB: Math.round(moduleBytes / 1024),
    };
    const missing = await LAMBDA_RUNTIME.missing();
    if (missing !== undefined) return [{ ...sizes, coldStartMs: `not measured: ${missing}` }];
    const starts: number[] = [];
    const firsts: number[] = [];
    for (let run = 0; run < 5; run++) {
      const keys = { AWS_ACCESS_KEY_ID: "AKIATEST", AWS_SECRET_ACCESS_KEY: "x" };
      const nowhere = {
        TICKBELL_SES_ENDPOINT: "http://127.0.0.1:9",
        TICKBELL_DYNAMODB_ENDPOINT: "http://127.0.0.1:9",
      };
      await using runtime = await LambdaRuntime.start(folder, { ...keys, ...nowhere });
      starts.push(await runtime.coldStart);
      firsts.push((await runtime.invoke({ records: {} })).ms);
    }
    const median = (values: number[]) => Math.round(values.sort((one, other) => one - other)[2] ?? 0);
    return [{ ...sizes, coldStartMs: median(starts), firstEmptyEventMs: median(firsts), runs: 5 }];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

export const scenarios: Record<string, (options: ScenarioOptions) => Promise<readonly Row[]>> = {
  "delivery-steady": steady,
  "delivery-burst": burst,
  "delivery-fair": fair,
  lambda,
};
