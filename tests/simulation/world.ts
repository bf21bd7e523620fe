import { Registry } from "prom-client";
import { SqliteSeriesStore } from "../../src/adapters/sqlite/series_store.ts";
import { signLink } from "../../src/alerts/signed_links.ts";
import { type Delivery, type DeliveryState, isFinal } from "../../src/alerts/ledger.ts";
import { Control } from "../../src/control/control.ts";
import { type Random, seededRandom } from "../../src/core/backoff.ts";
import { OutsideError } from "../../src/core/errors.ts";
import { SymbolDirectory } from "../../src/market/directory.ts";
import { isMarketEvent } from "../../src/market/market_event.ts";
import { LISTING } from "../../src/market/listing.ts";
import type { EventLog, LogRecord, NewRecord, Topic } from "../../src/ports/event_log.ts";
import { partitionsOf } from "../../src/ports/topics.ts";
import type { SeriesBatch, SeriesStore } from "../../src/ports/series_store.ts";
import { Consumer } from "../../src/roles/consumer/consumer.ts";
import { Notifier } from "../../src/roles/notifier/notifier.ts";
import { Producer } from "../../src/roles/producer/producer.ts";
import { Stream } from "../../src/roles/stream/stream.ts";
import { Health } from "../../src/telemetry/health.ts";
import { holds } from "./broken_promise.ts";
import { Counters } from "./counters.ts";
import { Expectation } from "./expectation.ts";
import { Exchange } from "./feed.ts";
import { Hushes } from "./hushes.ts";
import { CALM, Host, type Weather } from "./host.ts";
import { KafkaModel } from "./kafka_model.ts";
import { MailService } from "./mail_service.ts";
import { Scheduler } from "./scheduler.ts";
import { openSimLog } from "./sim_log.ts";
import { Watch } from "./watch.ts";

export const PARTITIONS = 3;
/** The symbols that trade: few, so that rules fire often. */
export const SYMBOLS = LISTING.slice(0, 8);
/** Symbols of which nothing is ever heard. */
export const SILENT = LISTING.slice(8, 10);
export const WINDOW_MS = 10_000;
const GRACE_MS = 30_000;
export const MAX_AHEAD_MS = 120_000;
export const TENANTS = ["default", "other"] as const;
export type Tenant = typeof TENANTS[number];

export const PROCESSES = [
  "feed",
  "stream-1",
  "stream-2",
  "notifier-1",
  "notifier-2",
  "consumer-1",
  "control",
] as const;
export type ProcessName = typeof PROCESSES[number];

/** Longer than our adapter waits before it asks again, ms. */
const RECOVERED_MS = 2_500;
const ROOT_KEY = "simulation-key";
const LINK_SECRET = "a secret of sixteen letters";
/** 10:00 in Seoul, on a Monday. */
const BEGIN = Date.UTC(2026, 10, 23, 1);
/** How long virtual time may pass before something that must happen counts as stuck, ms. */
export const STUCK_MS = 400_000;
/** How long a caller of the API waits, ms. */
const CALLER_MS = 20_000;

interface Running {
  readonly host: Host;
  readonly stop: AbortController;
  readonly done: Promise<unknown>;
  control?: Control;
}

/** What happens to a process when it has written a state of a delivery. */
interface AtState {
  readonly name: ProcessName;
  readonly state: DeliveryState;
  readonly then: (host: Host, delivery: Delivery) => void;
}

/** An answer of the API; undefined when nobody knows what has come of it. */
export type Answer = { readonly status: number; readonly body: unknown } | undefined;

/** What differs from seed to seed for the whole run. */
export interface Setup {
  readonly unknown: "resend" | "hold";
  readonly stormPerMinute: number;
  /** No rule is remembered for a day: a restart reads back no more than the windows that are over. */
  readonly shortWindows: boolean;
}

/** Everything in one place: brokers, mail service, price store and exchange outside, and the processes over them. */
export class World {
  readonly scheduler = new Scheduler(BEGIN);
  readonly counters = new Counters();
  readonly model: KafkaModel;
  readonly mails: MailService;
  readonly exchange = new Exchange();
  readonly expectation: Expectation;
  readonly hushes = new Hushes();
  readonly watch: Watch;
  readonly setup: Setup;
  readonly keys = new Map<Tenant, string>([["default", ROOT_KEY]]);
  /** The store of prices, as it is. */
  readonly series: SeriesStore;
  /** How processes' ways are, by name. */
  readonly #weather = new Map<string, Partial<Weather>>();
  readonly #seed: number;
  readonly #module: WebAssembly.Module;
  readonly #running = new Map<ProcessName, Running>();
  readonly #hosts: Host[] = [];
  #made = 0;
  #atState: AtState | undefined;
  #outside: Promise<EventLog> | undefined;
  #failure: unknown;
  #storeDown = false;

  constructor(given: { seed: number; module: WebAssembly.Module; setup: Setup }) {
    this.#seed = given.seed;
    this.#module = given.module;
    this.setup = given.setup;
    this.model = new KafkaModel(this.scheduler, PARTITIONS);
    const now = () => this.scheduler.now;
    this.mails = new MailService({ random: this.#random(), counters: this.counters, now });
    this.watch = new Watch({ now, noRoomAt: () => this.model.noRoomAt, hushes: this.hushes });
    this.expectation = new Expectation(this.model, {
      partitions: PARTITIONS,
      windowMs: WINDOW_MS,
      graceMs: GRACE_MS,
      maxAheadMs: MAX_AHEAD_MS,
      directory: new SymbolDirectory([...SYMBOLS, ...SILENT]),
    });
    this.series = new SqliteSeriesStore({
      path: ":memory:",
      clock: { now, monotonic: now, sleep: () => Promise.resolve() },
      retention: { tickDays: 1, candleDays: 1, maxBytes: 2 ** 28 },
    });
    this.model.onWritten = (records, by) => this.#guard(() => this.#written(records, by));
    this.model.onCommit = (group, commit) => this.#guard(() => this.watch.committed(group, commit));
    this.mails.onCall = (host, message) => {
      const unknown = this.mails.unknown.get(message.deliveryId);
      this.#guard(() => this.watch.called(message, host, unknown?.by === host ? unknown.times : 0));
    };
    this.mails.onTaken = (mail) => this.#guard(() => this.watch.taken(mail, this.setup.unknown === "hold"));
  }

  /** Throws what was found to be wrong while time passed. */
  requireSound(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Lets time pass; stops at what is found to be wrong. */
  async pass(ms: number): Promise<void> {
    const until = this.scheduler.now + ms;
    await this.scheduler.settle();
    while (this.#failure === undefined && await this.scheduler.step(until)) { /* one by one */ }
    this.requireSound();
    await this.scheduler.pass(until - this.scheduler.now);
  }

  /** Lets time pass until something has come. */
  async drive<T>(work: Promise<T>, what: string): Promise<T> {
    let done = false;
    const ended = work.finally(() => done = true);
    ended.catch(() => {});
    for (let waited = 0; !done; waited += 100) {
      holds(waited < STUCK_MS, "what must happen happens", () => `${what} is stuck`);
      await this.pass(waited === 0 ? 0 : 100);
    }
    return await ended;
  }

  isRunning(name: ProcessName): boolean {
    return this.#running.has(name);
  }

  host(name: ProcessName): Host | undefined {
    return this.#running.get(name)?.host;
  }

  /** Starts a process, unless it runs. */
  start(name: ProcessName): void {
    if (this.isRunning(name)) return;
    const host = new Host({
      name: `${name}#${this.#made++}`,
      scheduler: this.scheduler,
      random: this.#random(),
      counters: this.counters,
      weather: { ...CALM, ...this.#weather.get(name) },
    });
    this.#hosts.push(host);
    const stop = new AbortController();
    const running: Running = { host, stop, done: this.#run(name, host, stop.signal) };
    this.#running.set(name, running);
    this.counters.count(`starts of ${name}`);
    // A role that lives never gives up by itself.
    running.done.catch((thrown) => {
      if (!host.dead) this.#failure ??= new Error(`${name} gave up`, { cause: thrown });
    });
    host.killed.addEventListener("abort", () => {
      this.counters.count("kills");
      if (this.#running.get(name) === running) this.#running.delete(name);
    }, { once: true });
  }

  /** Stops a process cleanly; it is over when it has stopped or died in the attempt. */
  stop(name: ProcessName): void {
    const running = this.#running.get(name);
    if (running === undefined || running.host.frozen) return;
    this.counters.count("clean stops");
    running.host.stopped = true;
    running.stop.abort();
    this.#running.delete(name);
  }

  /** How a process's ways are from now on, also of those that are started later. */
  setWeather(name: ProcessName, weather: Partial<Weather>): void {
    this.#weather.set(name, weather);
    const host = this.host(name);
    if (host !== undefined) host.weather = { ...CALM, ...weather };
  }

  /** Has something happen to a process when it has written such a state of a delivery. */
  at(name: ProcessName, state: DeliveryState, then: AtState["then"]): void {
    this.#atState = { name, state, then };
  }

  /** Puts a process's clock forward or back. */
  stepClock(name: ProcessName, byMs: number): void {
    const host = this.host(name);
    if (host !== undefined) host.skewMs = byMs;
  }

  /** Somebody who is none of our roles writes records. */
  async outside(records: readonly NewRecord[]): Promise<void> {
    const { scheduler, counters, model } = this;
    this.#outside ??= openSimLog({
      host: new Host({ name: "somebody", scheduler, random: this.#random(), counters, weather: CALM }),
      model,
      random: this.#random(),
      counters,
    });
    await (await this.#outside).append(records);
  }

  /** Something that was done beside the roles has failed. */
  fail(thrown: unknown): void {
    this.#failure ??= thrown;
  }

  /** The price store takes nothing. */
  set storeDown(down: boolean) {
    this.#storeDown = down;
  }

  /** All is well again: everybody wakes, every way is good, clocks are right. */
  clear(): void {
    this.#weather.clear();
    for (const host of this.#hosts) {
      if (host.dead) continue;
      host.weather = CALM;
      host.skewMs = 0;
      host.killAt(Infinity, "before");
      if (host.frozen) host.thaw();
    }
    this.#atState = undefined;
    this.model.full = false;
    this.#storeDown = false;
  }

  /** Whether every process has got over what it heard nothing of, and so has read what was there. */
  isOverItsLosses(): boolean {
    return this.#hosts.every((host) => host.dead || this.scheduler.now >= host.failedAt + RECOVERED_MS);
  }

  /** Asks the control API. Undefined when nobody knows what has come of it. */
  async api(
    method: string,
    path: string,
    given: { body?: unknown; tenant?: Tenant; text?: string } = {},
  ): Promise<Answer> {
    const { body, tenant = "default", text } = given;
    const running = this.#running.get("control");
    const key = this.keys.get(tenant);
    if (running?.control === undefined || running.host.frozen || key === undefined) return undefined;
    const { app } = running.control;
    const died = new Promise<undefined>((resolve) => {
      running.host.killed.addEventListener("abort", () => resolve(undefined), { once: true });
      this.scheduler.after(CALLER_MS, "a caller gives up", () => resolve(undefined));
    });
    const asked = async () => {
      const response = await app.request(path, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          "content-type": text === undefined ? "application/json" : "application/x-www-form-urlencoded",
        },
        ...(body === undefined && text === undefined ? {} : { body: text ?? JSON.stringify(body) }),
      });
      const answered = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json") === true;
      return { status: response.status, body: isJson ? JSON.parse(answered) as unknown : answered };
    };
    const answer = await Promise.race([died, asked()]);
    if (running.host.dead || running.host.frozen) return undefined;
    this.scheduler.note(`${method} ${path} ${answer?.status}`);
    return answer?.status === 503 ? undefined : answer;
  }

  /** Follows a stream of events until it ends. */
  async follow(path: string, tenant: Tenant, take: (event: string) => void): Promise<void> {
    const running = this.#running.get("control");
    const key = this.keys.get(tenant);
    if (running?.control === undefined || running.host.frozen || key === undefined) return;
    const { app } = running.control;
    const response = await app.request(path, { headers: { authorization: `Bearer ${key}` } });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    if (reader === undefined || response.status !== 200) return;
    const read = async () => {
      let text = "";
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        const events = (text + part.value).split("\n\n");
        text = events.pop() ?? "";
        for (const event of events) take(event);
      }
    };
    // Nobody waits for its end: it ends with the process.
    read().catch((thrown) => {
      if (!running.host.dead) this.fail(thrown);
    });
  }

  /** The link in a tenant's mails by which an address stops them. */
  async stopLink(tenant: Tenant, recipient: string): Promise<string> {
    const claims = { purpose: "address", tenant, recipient, subject: "", expiresAt: null } as const;
    return `/v1/pages/address?token=${await signLink(claims, LINK_SECRET)}`;
  }

  /** Whether a group has done everything that is on a topic; time marks come again and again, and are not waited for. */
  isDone(group: string, topic: Topic): boolean {
    const { farthest } = this.model.group(group);
    for (let partition = 0; partition < partitionsOf(topic, PARTITIONS); partition++) {
      const from = farthest.get(`${topic}/${partition}`) ?? 0;
      const rest = this.model.records(topic, partition, from);
      if (rest.some(({ value }) => value === null || topic !== "trades" || !isMarketEvent(value))) {
        return false;
      }
    }
    return true;
  }

  /** Lets time pass until every trade is evaluated, `ms` at least. */
  async evaluated(ms: number): Promise<void> {
    for (let waited = 0; waited === 0 || !this.isDone("stream", "trades"); waited += ms) {
      holds(waited < STUCK_MS, "what must happen happens", () => "the trades of a calm are not evaluated");
      await this.pass(ms);
    }
  }

  openDeliveries() {
    return [...this.watch.ledger.values()].filter(({ state }) => !isFinal(state));
  }

  async close(): Promise<void> {
    for (const host of this.#hosts) host.kill();
    await this.series.close();
  }

  async #run(name: ProcessName, host: Host, signal: AbortSignal): Promise<void> {
    const { model, counters } = this;
    const log = await openSimLog({ host, model, random: this.#random(), counters });
    const role = this.#role(name, { host, log: this.#noting(host, log) });
    await role(signal);
    await log.close();
  }

  #role(
    name: ProcessName,
    { host, log }: { host: Host; log: EventLog },
  ): (signal: AbortSignal) => Promise<void> {
    const { clock } = host;
    const random = this.#random();
    const directory = new SymbolDirectory([...SYMBOLS, ...SILENT]);
    switch (name) {
      case "feed":
        return (signal) =>
          new Producer({ log, source: this.exchange.source(), clock, random, maxAheadMs: MAX_AHEAD_MS }).run(
            signal,
          );
      case "stream-1":
      case "stream-2":
        return (signal) =>
          new Stream({
            log,
            module: this.#module,
            directory,
            clock,
            random,
            windowMs: WINDOW_MS,
            graceMs: GRACE_MS,
            maxAheadMs: MAX_AHEAD_MS,
            reportRules: true,
          }).run(signal);
      case "notifier-1":
      case "notifier-2":
        return (signal) =>
          new Notifier({
            log,
            channels: [this.mails.channelOf(host)],
            clock,
            random,
            stormPerMinute: this.setup.stormPerMinute,
            unknown: this.setup.unknown,
            unansweredWaitMs: 2_000,
            maxAttempts: 50,
            retry: { baseMs: 100, capMs: 2_000 },
            rememberMs: 20 * WINDOW_MS,
          }).run(signal);
      case "consumer-1":
        return (signal) =>
          new Consumer({
            log,
            series: this.#seriesOf(host),
            clock,
            random,
            health: new Health(),
            registry: new Registry(),
          }).run(signal);
      case "control":
        return async (signal) => {
          const control = new Control({
            log,
            series: this.#seriesOf(host),
            directory,
            clock,
            health: new Health(),
            registry: new Registry(),
            rootKey: ROOT_KEY,
            linkSecret: LINK_SECRET,
            windowMs: WINDOW_MS,
            graceMs: GRACE_MS,
          });
          const running = this.#running.get("control");
          void control.ready.then(() => {
            if (running !== undefined && running.host === host) running.control = control;
          });
          await control.run(signal);
        };
    }
  }

  /** The log, with which partitions a stream is given noted. */
  #noting(host: Host, log: EventLog): EventLog {
    return new Proxy(log, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (name === "joinRaw") {
          return (options: Parameters<EventLog["joinRaw"]>[0]) =>
            target.joinRaw({
              ...options,
              assigned: (assignment) => {
                this.watch.assigned(host, `${assignment.topic}/${assignment.partition}`);
                assignment.signal.addEventListener("abort", () => {
                  if (assignment.signal.reason instanceof OutsideError) host.lostAt = this.scheduler.now;
                }, { once: true });
                return options.assigned(assignment);
              },
            });
        }
        if (name === "join") {
          return (options: Parameters<EventLog["join"]>[0]) =>
            target.join({
              ...options,
              assigned: (assignment) => {
                assignment.signal.addEventListener("abort", () => {
                  if (assignment.signal.reason instanceof OutsideError) host.lostAt = this.scheduler.now;
                }, { once: true });
                return options.assigned(assignment);
              },
            });
        }
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  /** The price store as one process reaches it. */
  #seriesOf(host: Host): SeriesStore {
    const { series } = this;
    const write = (batch: SeriesBatch) =>
      host.reach("write to the price store", () => {
        if (this.#storeDown) {
          this.counters.count("price store away");
          throw new OutsideError("simulated", "the store is away", { retryable: true });
        }
        return series.write(batch);
      });
    return new Proxy(series, {
      get(target, name) {
        if (name === "write") return write;
        if (name === "close") return () => Promise.resolve();
        const value = Reflect.get(target, name) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  #written(records: readonly LogRecord[], by: Host): void {
    for (const record of records) {
      const { topic, partition, offset, key } = record;
      this.scheduler.note(`${topic}/${partition}/${offset} ${key} ${record.value?.length}`);
      if (topic === "rules") this.expectation.ruleWritten(record);
      else if (topic === "alerts") this.watch.alertWritten(record, by);
      else if (topic === "deliveries") {
        this.watch.ledgerWritten(record, by);
        this.#strike(this.watch.ledger.get(key), by);
      }
    }
  }

  #strike(delivery: Delivery | undefined, by: Host): void {
    const struck = this.#atState;
    if (struck === undefined || delivery?.state !== struck.state || this.host(struck.name) !== by) return;
    this.#atState = undefined;
    struck.then(by, delivery);
  }

  /** What is found to be wrong ends the run at the next step. */
  #guard(check: () => void): void {
    try {
      check();
    } catch (thrown) {
      this.#failure ??= thrown;
    }
  }

  #random(): Random {
    return seededRandom(this.#seed * 1_000 + this.#made++);
  }
}
