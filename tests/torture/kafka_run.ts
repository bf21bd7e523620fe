/**
 * Real processes of every role on real brokers behind proxies, a replayed market, and meanwhile everything of the table of
 * faults that can happen to them.
 *
 * @module
 */
import { seededRandom } from "../../src/core/backoff.ts";
import { messageOf } from "../../src/core/errors.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { Trade } from "../../src/market/trade.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { freePorts, type KafkaCluster, startKafka } from "../support/kafka_broker.ts";
import { behindProxy } from "../support/kafka_behind_proxy.ts";
import { makeTopics, patiently, type TestTopics } from "../support/kafka_log.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp_proxy.ts";
import { check, COMMITTERS, tradeName, undone } from "./check.ts";
import { pause, type Rig } from "./fault.ts";
import { API_KEY, PatientApi } from "./patient_api.ts";
import { HookPeer, MailPeer } from "./peers.ts";
import { TortureProcess } from "./process.ts";
import { type SmallDisk, smallDisk } from "./small_disk.ts";
import { storedTrades } from "./stored_trades.ts";
import { type Outcome, type RunOptions, torment } from "./torment.ts";
import { expectedAlerts, type RuleLife, tortureRule, tortureTrades } from "./world.ts";

const WINDOW_MS = 20_000;
const PARTITIONS = 6;
const CONSUMER = "consumer-1";
/** Kept apart from everything that is posted later. */
const LAG_MS = 60_000;
/** How long everything may take to come to its end once the market has closed. */
const DRAIN_MS = 240_000;

export interface KafkaRunOptions extends RunOptions {
  readonly brokers: 1 | 3;
}

/** @returns how often what happened, and what was found. */
export async function tortureKafka(options: KafkaRunOptions): Promise<Outcome> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-torture-" });
  const proxies: TcpProxy[] = [];
  const disk = await smallDisk(`${folder}/broker`, 400 + 4 * options.seconds);
  const kafka = await startKafka(options.brokers, {
    format: [],
    properties: (plain) => {
      const proxy = startTcpProxy();
      const behind = behindProxy(proxy).properties(plain);
      proxies.push(proxy);
      // Brokers talk to one another directly.
      const [between] = freePorts(1);
      return {
        "listeners": `${plain.listeners},BETWEEN://127.0.0.1:${between}`,
        "advertised.listeners": `${behind["advertised.listeners"]},BETWEEN://127.0.0.1:${between}`,
        "inter.broker.listener.name": "BETWEEN",
        ...(disk !== undefined && plain["node.id"] === 1 ? { "log.dirs": `${disk.path}/data` } : {}),
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,BETWEEN:PLAINTEXT",
      };
    },
  });
  const mail = await MailPeer.open();
  const hook = await HookPeer.open();
  const made = await makeTopics(proxies.map(({ port }) => `127.0.0.1:${port}`), {
    partitions: PARTITIONS,
    replication: options.brokers,
    minInsync: options.brokers === 3 ? 2 : 1,
  });
  const run = new KafkaRun({ ...options, folder, disk, kafka, proxies, mail, hook, made });
  try {
    return await run.run();
  } catch (cause) {
    throw new Error(`${messageOf(cause)}\n${await run.lastLines()}`, { cause });
  } finally {
    await run.close();
    await made.close().catch(() => {/* the brokers go as well */});
    await mail.close();
    await hook.close();
    for (const proxy of proxies) await proxy.close();
    await kafka.stop();
    await disk?.close();
    await Deno.remove(folder, { recursive: true });
  }
}

interface Parts {
  readonly folder: string;
  /** What the first broker writes to. */
  readonly disk: SmallDisk | undefined;
  readonly kafka: KafkaCluster;
  readonly proxies: readonly TcpProxy[];
  readonly mail: MailPeer;
  readonly hook: HookPeer;
  readonly made: TestTopics;
}

class KafkaRun {
  readonly #options: KafkaRunOptions & Parts;
  readonly #random: () => number;
  readonly #lives: RuleLife[] = [];
  readonly #processes: TortureProcess[] = [];
  readonly #endedBySelf: string[] = [];
  readonly #seen = new Set<string>();
  readonly #controlPort = freePorts(1)[0];
  readonly #api = new PatientApi(`http://127.0.0.1:${this.#controlPort}`);

  constructor(options: KafkaRunOptions & Parts) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  async run(): Promise<Outcome> {
    const { seconds, rules, folder, say, rate, seed } = this.#options;
    const start = Math.floor(Date.now() / WINDOW_MS) * WINDOW_MS;
    const trades = tortureTrades({ seed, start, seconds, rate });
    const file = `${folder}/trades.ndjson`;
    await Deno.writeTextFile(file, trades.map(encodeTrade).join("\n") + "\n");
    this.#startRoles();
    await this.#api.ask("/readyz");
    for (let at = 0; at < rules; at += 100) {
      await this.#add(Array.from({ length: Math.min(100, rules - at) }, (_, of) => `steady-${at + of}`));
    }
    for (const life of this.#lives) life.addSent = life.addDone = -Infinity;
    await pause(3_000);
    say(`${rules} rules; the market opens for ${seconds} s`);
    const opened = Date.now();
    this.#start("producer", ["producer", "--source", "replay", "--file", file, "--speed", "1"]);
    const ended = pause(seconds * 1000);
    const [torn] = await Promise.all([
      torment(this.#rig(), seconds * 1000, this.#options),
      this.#changeRules(opened + seconds * 1000),
    ]);
    await ended;
    say("the market has closed");
    // From here on in event time.
    for (const life of this.#lives) {
      for (const key of ["addSent", "addDone", "deleteSent", "deleteDone"] as const) {
        life[key] -= opened - start;
      }
    }
    return { ...torn, findings: await this.#check(trades) };
  }

  async close(): Promise<void> {
    for (const process of this.#processes) await process.kill();
  }

  #rig(): Rig {
    const { mail, hook, disk, kafka, proxies, made } = this.#options;
    return {
      random: this.#random,
      mail,
      hook,
      victim: (kind) => {
        const all = this.#processes.filter(({ name }) => name.startsWith(kind));
        return all[Math.floor(this.#random() * all.length)]!;
      },
      kafka: {
        cluster: kafka,
        proxies,
        made,
        retain: () => this.#retain(),
        ...(disk && { fill: (full: boolean) => disk.fill(full) }),
      },
    };
  }

  #startRoles(): void {
    const { mail } = this.#options;
    const local = ["--webhook-local"];
    this.#start("control", ["control", "--port", String(this.#controlPort), "--api-key", API_KEY, ...local]);
    for (const name of ["stream-1", "stream-2", "stream-3"]) {
      this.#start(name, ["stream", "--window-ms", String(WINDOW_MS)]);
    }
    this.#start(CONSUMER, ["consumer"]);
    for (const name of ["notifier-1", "notifier-2"]) {
      this.#start(name, [
        "notifier",
        ...["--mail", "smtp", "--smtp-url", mail.url, "--mail-from", "alerts@example.com"],
        ...["--webhook-secret", "a secret of this run alone", ...local],
        ...["--unknown-outcome", "hold", "--storm-per-minute", "0"],
      ]);
    }
  }

  #start(name: string, args: readonly string[]): void {
    const { folder, made } = this.#options;
    const topics = Object.entries(made.names).flatMap(([topic, named]) => [`--topic-${topic}`, named]);
    const process = new TortureProcess(name, {
      folder,
      args: [
        ...args,
        ...["--brokers", made.brokers.join(","), ...topics, "--group-prefix", made.groupPrefix],
        ...["--data-dir", `${folder}/${name}`, ...(args[0] === "control" ? [] : ["--metrics-port", "0"])],
      ],
      ended: (said) => {
        this.#endedBySelf.push(said);
        this.#options.say(said);
      },
    });
    this.#processes.push(process);
    process.spawn();
  }

  /** Deletes the trades that everybody is done with, and remembers that they were there. */
  async #retain(): Promise<void> {
    const { made } = this.#options;
    const log = await made.open();
    try {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const { start } = await log.bounds("trades", partition);
        const done = COMMITTERS.trades.map((group) => log.committed(group, "trades", partition));
        const offset = Math.min(...(await Promise.all(done)).map((commit) => commit?.offset ?? start));
        if (offset <= start) continue;
        for await (const { records } of log.read({ topic: "trades", partition, from: start, to: offset })) {
          for (const { key, timestamp } of records) {
            this.#seen.add(tradeName({ symbol: key, eventTime: timestamp }));
          }
        }
        const partitions = [{ partition, offset: String(offset) }];
        await patiently(() => made.admin.deleteTopicRecords({ topic: made.names.trades, partitions }));
      }
    } finally {
      await log.close();
    }
  }

  /** Adds a rule now and then, and takes some of them away again. */
  async #changeRules(until: number): Promise<void> {
    for (let number = 0; Date.now() < until - 4_000; number++) {
      await this.#add([`changing-${number}`]);
      await pause(1_500);
      if (number % 3 === 2) await this.#delete(`changing-${number - 2}`);
    }
  }

  async #add(ids: readonly string[]): Promise<void> {
    const rules = ids.map((id) => tortureRule(id, this.#random, this.#options.hook.url));
    const addSent = Date.now();
    await this.#api.ask("/v1/rules", "POST", rules);
    const addDone = Date.now();
    for (const rule of rules) {
      this.#lives.push({ rule, addSent, addDone, deleteSent: Infinity, deleteDone: Infinity });
    }
  }

  async #delete(id: string): Promise<void> {
    const life = this.#lives.find(({ rule }) => rule.id === id);
    if (!life) return;
    life.deleteSent = Date.now();
    await this.#api.ask(`/v1/rules/${id}`, "DELETE");
    life.deleteDone = Date.now();
  }

  async #check(trades: readonly Trade[]) {
    const { made, mail, hook } = this.#options;
    const log = await made.open();
    try {
      await this.#drained(log);
      if (this.#endedBySelf.length > 0) throw new Error(this.#endedBySelf.join("\n"));
      const there = await this.#api.rules();
      const posted = this.#lives.filter(({ deleteSent }) => deleteSent === Infinity).map(({ rule }) =>
        rule.id
      );
      return await check({
        log,
        trades,
        seen: this.#seen,
        stored: await this.#stored(),
        expected: expectedAlerts(trades, this.#lives, { windowMs: WINDOW_MS, lagMs: LAG_MS }),
        came: new Map([...mail.came, ...hook.came]),
        missingRules: posted.filter((id) => !there.has(id)),
      });
    } finally {
      await log.close();
    }
  }

  /** The trades that the consumer has stored; it is stopped for it. */
  async #stored(): Promise<ReadonlySet<string>> {
    await this.#processes.find(({ name }) => name === CONSUMER)!.stop();
    return await storedTrades(`${this.#options.folder}/${CONSUMER}/series.db`);
  }

  async #drained(log: EventLog): Promise<void> {
    const until = performance.now() + DRAIN_MS;
    for (let quiet = 0; quiet < 3;) {
      const { source } = await this.#api.status();
      const left = source?.state === "ended" ? await undone(log) : "the feed has not ended";
      if (left !== undefined && performance.now() > until) throw new Error(`after ${DRAIN_MS} ms: ${left}`);
      quiet = left === undefined ? quiet + 1 : 0;
      await pause(300);
    }
  }

  /** What each process said last. */
  async lastLines(): Promise<string> {
    const parts = await Promise.all(
      this.#processes.map(async (process) => `${process.name}:\n${await process.lastLines()}`),
    );
    return parts.join("\n");
  }
}
