/**
 * Effectively once, shown: real processes of every role on a real broker, a replayed market at 2,000 trades a second,
 * and meanwhile processes are killed, stopped and continued, taken away and added, and the broker is killed.
 *
 * @module
 */
import { decodeAlert } from "../../src/alerts/codec.ts";
import { decodeDelivery, type Delivery, deliveryKey } from "../../src/alerts/ledger.ts";
import { seededRandom } from "../../src/core/backoff.ts";
import { systemClock } from "../../src/core/clock.ts";
import { isRecipientKey } from "../../src/alerts/recipient_settings.ts";
import { messageOf } from "../../src/core/errors.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { Trade } from "../../src/market/trade.ts";
import type { EventLog, LogRecord, Topic } from "../../src/ports/event_log.ts";
import { deliveryDigest } from "../../src/ports/mail.ts";
import { chaosRule, chaosTrades, expectedAlerts, type PostedRule, type RuleLife } from "./chaos_world.ts";
import { type KafkaCluster, startKafka } from "./kafka_broker.ts";
import { makeTopics, type TestTopics } from "./kafka_log.ts";
import { Mailbox } from "./mailbox.ts";
import { Role } from "./role_process.ts";

export interface ChaosOptions {
  readonly seed: number;
  /** How long the market lasts. */
  readonly seconds: number;
  /** How many rules are there from before the first trade. */
  readonly rules: number;
  /** What happens, in this order, evenly spread over the time. */
  readonly events: readonly ChaosEvent[];
  /** What the notifiers do with a call whose outcome nobody knows. */
  readonly unknownOutcome: "hold" | "resend";
  /** Called with what happens. */
  readonly say: (line: string) => void;
}

export const CHAOS_EVENTS = [
  "kill stream",
  "freeze stream",
  "kill notifier",
  "replace stream",
  "kill broker",
  "freeze notifier",
  "kill control",
] as const;
export type ChaosEvent = typeof CHAOS_EVENTS[number];

/** What was found; everything but the counts is to be empty. */
export interface ChaosReport {
  readonly trades: number;
  readonly alerts: number;
  readonly mails: number;
  /** Deliveries whose outcome is not known, kept back by policy instead of mailed twice. */
  readonly held: number;
  /** Mails that came twice because their outcome was not known, by policy. */
  readonly resent: number;
  /** Records in the alerts topic with an id that was there before: a zombie's, or tried again. */
  readonly repeatedAlertRecords: number;
  readonly missingTrades: readonly string[];
  readonly missingAlerts: readonly string[];
  readonly wrongAlerts: readonly string[];
  /** Deliveries whose mail came more than once, though their outcome was known. */
  readonly mailedTwice: readonly string[];
  /** Deliveries without an end. */
  readonly neverMailed: readonly string[];
  /** Deliveries that the ledger calls sent, whose mail never came. */
  readonly lostMails: readonly string[];
  readonly missingRules: readonly string[];
}

const WINDOW_MS = 20_000;
const PARTITIONS = 6;
/** Longer than a session (10 s): the frozen process comes back as a zombie. */
const FREEZE_MS = 13_000;
const AWAY_MS = 1_500;
/** Kept apart from everything that is posted later. */
const LAG_MS = 40_000;

/**
 * Runs it all.
 *
 * @returns what was found.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-chaos-" });
  const kafka = await startKafka(1);
  const mailbox = await Mailbox.open();
  const made = await makeTopics(kafka.brokers, { partitions: PARTITIONS });
  const run = new ChaosRun({ ...options, folder, kafka, mailbox, made });
  try {
    return await run.run();
  } catch (cause) {
    throw new Error(`${messageOf(cause)}\n${await run.lastLines()}`, { cause });
  } finally {
    await run.close();
    await made.close();
    await mailbox.close();
    await kafka.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

interface Parts {
  readonly folder: string;
  readonly kafka: KafkaCluster;
  readonly mailbox: Mailbox;
  readonly made: TestTopics;
}

class ChaosRun {
  readonly #options: ChaosOptions & Parts;
  readonly #random: () => number;
  readonly #lives: RuleLife[] = [];
  readonly #processes = new Map<string, Role>();
  #started = 0;
  #controlPort = 0;

  constructor(options: ChaosOptions & Parts) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  async run(): Promise<ChaosReport> {
    const { seed, seconds, rules, folder, say } = this.#options;
    const start = Math.floor(Date.now() / WINDOW_MS) * WINDOW_MS;
    const trades = chaosTrades({ seed, start, seconds });
    await Deno.writeTextFile(`${folder}/trades.ndjson`, trades.map(encodeTrade).join("\n") + "\n");
    this.#startControl();
    for (const name of ["stream-1", "stream-2", "stream-3"]) this.#startStream(name);
    for (const name of ["notifier-1", "notifier-2"]) this.#startNotifier(name);
    await this.#api("/readyz");
    for (let at = 0; at < rules; at += 100) {
      await this.#add(Array.from({ length: Math.min(100, rules - at) }, (_, of) => `steady-${at + of}`));
    }
    for (const life of this.#lives) life.addSent = life.addDone = -Infinity;
    await systemClock.sleep(3_000);
    say(`${rules} rules; the market opens for ${seconds} s`);
    const opened = Date.now();
    this.#start("producer", [
      "producer",
      "--source",
      "replay",
      "--file",
      `${folder}/trades.ndjson`,
      "--speed",
      "1",
    ]);
    const ended = systemClock.sleep(seconds * 1000);
    await Promise.all([this.#chaos(), this.#changeRules(opened + seconds * 1000)]);
    await ended;
    say("the market has closed");
    // From here on in event time.
    for (const life of this.#lives) {
      for (const key of ["addSent", "addDone", "deleteSent", "deleteDone"] as const) {
        life[key] -= opened - start;
      }
    }
    return await this.#report(trades);
  }

  async close(): Promise<void> {
    for (const role of this.#processes.values()) await role.kill();
  }

  #start(name: string, args: readonly string[]): void {
    const { folder, made, say } = this.#options;
    const topics = Object.entries(made.names).flatMap((
      [topic, topicName],
    ) => [`--topic-${topic}`, topicName]);
    this.#started++;
    this.#processes.set(
      name,
      new Role(name, `${folder}/${name}-${this.#started}.log`, [
        ...args,
        "--brokers",
        made.brokers.join(","),
        ...topics,
        "--group-prefix",
        made.groupPrefix,
        "--data-dir",
        `${folder}/${name}`,
        ...(args[0] === "control" ? [] : ["--metrics-port", "0"]),
      ], (code, log) => say(`${name} ended by itself with ${code}:\n${log}`)),
    );
  }

  #startStream(name: string): void {
    this.#start(name, ["stream", "--window-ms", String(WINDOW_MS)]);
  }

  #startNotifier(name: string): void {
    const url = `smtp://127.0.0.1:${this.#options.mailbox.port}`;
    this.#start(name, [
      "notifier",
      ...["--mail", "smtp", "--smtp-url", url, "--mail-from", "alerts@example.com"],
      ...["--unknown-outcome", this.#options.unknownOutcome, "--storm-per-minute", "0"],
    ]);
  }

  #startControl(): void {
    this.#controlPort ||= freePort();
    this.#start("control", ["control", "--port", String(this.#controlPort), "--api-key", API_KEY]);
  }

  async #chaos(): Promise<void> {
    const { events, seconds } = this.#options;
    const began = Date.now();
    for (const [index, event] of events.entries()) {
      const due = began + (seconds * 1000 * (index + 0.5)) / events.length;
      await systemClock.sleep(due - Date.now());
      this.#options.say(`${Math.round((Date.now() - began) / 1000)} s: ${event}`);
      await this.#happen(event);
    }
  }

  async #happen(event: ChaosEvent): Promise<void> {
    const { kafka } = this.#options;
    if (event === "kill broker") {
      await kafka.kill(0);
      await systemClock.sleep(AWAY_MS);
      await kafka.restart(0);
      return;
    }
    const [what, role] = event.split(" ") as [string, string];
    const names = [...this.#processes.keys()].filter((name) => name.startsWith(role));
    const name = names[Math.floor(this.#random() * names.length)] as string;
    const victim = this.#processes.get(name) as Role;
    if (what === "freeze") {
      victim.freeze();
      await systemClock.sleep(FREEZE_MS);
      victim.thaw();
      return;
    }
    if (what === "kill") await victim.kill();
    else await victim.stop();
    await systemClock.sleep(AWAY_MS);
    // A replaced one comes back under another name: a member more, a member less.
    const next = what === "replace" ? `${role}-${this.#started + 1}` : name;
    if (what === "replace") this.#processes.delete(name);
    if (role === "stream") this.#startStream(next);
    else if (role === "notifier") this.#startNotifier(next);
    else this.#startControl();
  }

  /** Adds a rule now and then, and takes some of them away again. */
  async #changeRules(until: number): Promise<void> {
    for (let number = 0; Date.now() < until - 4_000; number++) {
      await this.#add([`changing-${number}`]);
      await systemClock.sleep(1_500);
      if (number % 3 === 2) await this.#delete(`changing-${number - 2}`);
    }
  }

  async #add(ids: readonly string[]): Promise<void> {
    const rules: PostedRule[] = ids.map((id) => chaosRule(id, this.#random));
    const addSent = Date.now();
    await this.#api("/v1/rules", "POST", rules);
    const addDone = Date.now();
    for (const rule of rules) {
      this.#lives.push({ rule, addSent, addDone, deleteSent: Infinity, deleteDone: Infinity });
    }
  }

  async #delete(id: string): Promise<void> {
    const life = this.#lives.find(({ rule }) => rule.id === id);
    if (!life) return;
    life.deleteSent = Date.now();
    await this.#api(`/v1/rules/${id}`, "DELETE");
    life.deleteDone = Date.now();
  }

  /** A request that is tried again until it is taken: control and broker come and go. */
  async #api(path: string, method = "GET", body?: unknown): Promise<unknown> {
    for (let tries = 0; tries < 400; tries++) {
      try {
        const response = await fetch(`http://127.0.0.1:${this.#controlPort}${path}`, {
          method,
          headers: { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" },
          signal: AbortSignal.timeout(8_000),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        if (response.ok) return text === "" ? undefined : JSON.parse(text);
        // Taken the first time, though the answer was lost.
        if (
          tries > 0 &&
          ((method === "POST" && response.status === 409) || (method === "DELETE" && response.status === 404))
        ) {
          return undefined;
        }
        if (response.status < 500 && response.status !== 429) throw new Refused(`${method} ${path}: ${text}`);
      } catch (thrown) {
        if (thrown instanceof Refused) throw thrown;
      }
      await systemClock.sleep(150);
    }
    throw new Error(`${method} ${path} was not taken`);
  }

  async #report(trades: readonly Trade[]): Promise<ChaosReport> {
    const { made, mailbox } = this.#options;
    const log = await made.open();
    try {
      await this.#drained(log);
      const { must, may } = expectedAlerts(trades, this.#lives, { windowMs: WINDOW_MS, lagMs: LAG_MS });
      const alerts = (await readTopic(log, "alerts")).map(({ value }) => decodeAlert(value as Uint8Array));
      const ids = new Set(alerts.map(({ id }) => id));
      const deliveries = await this.#deliveries(log, ids);
      const mails = await this.#mails(deliveries.ended);
      const there = new Set(
        (await readTopic(log, "trades")).map(({ key, timestamp }) => `${key} ${timestamp}`),
      );
      return {
        trades: trades.length,
        alerts: ids.size,
        mails: mailbox.received.size,
        held: deliveries.ended.filter(({ state }) => state === "dead").length,
        resent: mails.resent,
        repeatedAlertRecords: alerts.length - ids.size,
        missingTrades: trades.map((trade) => `${trade.symbol} ${trade.eventTime}`).filter((trade) =>
          !there.has(trade)
        ),
        missingAlerts: [...must].filter((id) => !ids.has(id)),
        wrongAlerts: [...ids].filter((id) => !may.has(id)),
        mailedTwice: mails.twice,
        neverMailed: deliveries.open,
        lostMails: mails.lost,
        missingRules: await this.#missingRules(),
      };
    } finally {
      await log.close();
    }
  }

  /** Waits until every trade has been evaluated and every alert has come to its end. */
  async #drained(log: EventLog): Promise<void> {
    const until = Date.now() + 90_000;
    const behind = async (group: string, topic: Topic) => {
      let lag = 0;
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const { end } = await log.bounds(topic, partition);
        lag += end - ((await log.committed(group, topic, partition))?.offset ?? 0);
      }
      return lag;
    };
    for (let quiet = 0; quiet < 3;) {
      if (Date.now() > until) {
        const lags = [await behind("stream", "trades"), await behind("notifier", "alerts")];
        const { open } = await this.#deliveries(log, new Set());
        throw new Error(
          `after 90 s (${await this.#lagsOf(log)}) ${lags[0]} trades are not evaluated, ${
            lags[1]
          } alerts not taken up, ${open.length} deliveries ` +
            "without an end",
        );
      }
      const done = await behind("stream", "trades") === 0 && await behind("notifier", "alerts") === 0 &&
        (await this.#deliveries(log, new Set())).open.length === 0;
      quiet = done ? quiet + 1 : 0;
      await systemClock.sleep(300);
    }
  }

  /** Of each partition of alerts: how far it is taken up, and how far it goes. */
  async #lagsOf(log: EventLog): Promise<string> {
    const lags: string[] = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const { end } = await log.bounds("alerts", partition);
      lags.push(`${(await log.committed("notifier", "alerts", partition))?.offset ?? "-"}/${end}`);
    }
    return lags.join(" ");
  }

  /** What each process logged last. */
  async lastLines(): Promise<string> {
    const { folder } = this.#options;
    const parts: string[] = [];
    for await (const { name } of Deno.readDir(folder)) {
      if (!name.endsWith(".log")) continue;
      const text = await Deno.readTextFile(`${folder}/${name}`);
      parts.push(`${name}:\n${await healthAt(/on port (\d+)/.exec(text)?.[1])}\n${text.slice(-3_000)}`);
    }
    return parts.sort().join("\n");
  }

  /** The newest record of each delivery; of those without an end their names. */
  async #deliveries(log: EventLog, ids: ReadonlySet<string>): Promise<{ open: string[]; ended: Ended[] }> {
    const latest = new Map<string, Delivery>();
    const calls = new Map<string, number>();
    for (const { key: name, value } of await readTopic(log, "deliveries")) {
      // What is known of recipients stands there too.
      if (value === null || isRecipientKey(name)) continue;
      const delivery = decodeDelivery(value);
      const key = deliveryKey(delivery.id, delivery.recipient);
      latest.set(key, delivery);
      // The newest record may be of a thawed notifier that knows of its own call alone.
      calls.set(key, Math.max(calls.get(key) ?? 0, delivery.attempts));
    }
    const known = new Set([...latest.values()].map(({ id }) => id));
    const hasEnded = ({ state }: Delivery) => state === "sent" || state === "dead";
    return {
      open: [
        ...[...latest].filter(([, delivery]) => !hasEnded(delivery)).map(([key]) => key),
        ...[...ids].filter((id) => !known.has(id)),
      ],
      ended: [...latest].filter(([, delivery]) => hasEnded(delivery))
        .map(([key, { state }]) => ({ key, state, calls: calls.get(key) ?? 0 })),
    };
  }

  /** Compares what came to the mailbox with what the ledger says. */
  async #mails(ended: readonly Ended[]): Promise<{ twice: string[]; lost: string[]; resent: number }> {
    const found = { twice: [] as string[], lost: [] as string[], resent: 0 };
    const times = new Map(
      [...this.#options.mailbox.received].map(([id, count]) => [id.split("@")[0], count]),
    );
    for (const { key, state, calls } of ended) {
      const came = times.get(`<${await deliveryDigest(key)}`) ?? 0;
      if (state === "sent" && came === 0) found.lost.push(key);
      if (came <= 1) continue;
      // The second call stands in the ledger, so the first one's outcome was not known.
      if (this.#options.unknownOutcome === "resend" && calls >= came) found.resent++;
      else found.twice.push(key);
    }
    return found;
  }

  async #missingRules(): Promise<string[]> {
    const there = new Set<string>();
    for (let cursor: string | null = ""; cursor !== null;) {
      const page = await this.#api(`/v1/rules?limit=100${cursor === "" ? "" : `&cursor=${cursor}`}`) as {
        data: { id: string }[];
        nextCursor: string | null;
      };
      for (const { id } of page.data) there.add(id);
      cursor = page.nextCursor;
    }
    const posted = this.#lives.filter(({ deleteSent }) => deleteSent === Infinity).map(({ rule }) => rule.id);
    return posted.filter((id) => !there.has(id));
  }
}

const API_KEY = "tb_chaos_run_key_of_32_characters_0";

class Refused extends Error {}

/** What the process says of itself, if it still lives. */
async function healthAt(port: string | undefined): Promise<string> {
  if (port === undefined) return "";
  try {
    const signal = AbortSignal.timeout(2_000);
    const [ready, metrics] = await Promise.all(
      ["readyz", "metrics"].map(async (path) =>
        await (await fetch(`http://127.0.0.1:${port}/${path}`, { signal })).text()
      ),
    );
    const lines = metrics?.split("\n").filter((line) => /^tickbell_notifier|^stock_notif|lag/.test(line)) ??
      [];
    return [ready, ...lines].join("\n");
  } catch (thrown) {
    return messageOf(thrown);
  }
}

/** A delivery that has come to its end. */
interface Ended {
  readonly key: string;
  readonly state: Delivery["state"];
  /** How often its channel was called, by the record that knows of most. */
  readonly calls: number;
}

async function readTopic(log: EventLog, topic: Topic): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { end } = await log.bounds(topic, partition);
    for await (const batch of log.read({ topic, partition, from: 0, to: end })) {
      records.push(...batch.records);
    }
  }
  return records;
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}
