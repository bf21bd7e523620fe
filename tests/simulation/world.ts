import { setImmediate } from "node:timers/promises";
import { Registry } from "prom-client";
import { deliveryKey } from "../../src/alerts/ledger.ts";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { SqliteSeriesStore } from "../../src/adapters/sqlite/series_store.ts";
import { SimulatorSource } from "../../src/adapters/simulator/simulator_source.ts";
import { type Random, seededRandom } from "../../src/core/backoff.ts";
import { type Clock, VirtualClock } from "../../src/core/clock.ts";
import { assert } from "../../src/core/errors.ts";
import { Control } from "../../src/control/control.ts";
import { SymbolDirectory } from "../../src/market/directory.ts";
import { LISTING } from "../../src/market/listing.ts";
import type { Channel } from "../../src/ports/channel.ts";
import type { EventLog, NewRecord, Topic } from "../../src/ports/event_log.ts";
import { lastTrades } from "../../src/books/log_tail.ts";
import { Notifier } from "../../src/roles/notifier/notifier.ts";
import { Producer } from "../../src/roles/producer/producer.ts";
import { Stream } from "../../src/roles/stream/stream.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { Health } from "../../src/telemetry/health.ts";
import { engineModule } from "../support/engine_module.ts";
import { WINDOW_MS } from "./expectation.ts";
import { MailService } from "./mail_service.ts";
import { type FaultRates, SimProcess } from "./process.ts";

export const PARTITIONS = 3;
/** The symbols that trade: few, so that rules fire often. */
export const SYMBOLS = LISTING.slice(0, 8);
const KEY = "simulation-key";
/** `all` has the notifiers leave zombies behind with every seed, `streams` with none; by default two seeds in three do. */
const ZOMBIES = Deno.env.get("TICKBELL_TEST_ZOMBIES");
const BEGIN = Date.UTC(2026, 10, 23, 1);
/** How long virtual time may pass before something that must happen counts as stuck, ms. */
const STUCK_MS = 120_000;

/** A running process: how it is stopped cleanly, and what ends when it has stopped. */
interface Running {
  readonly process: SimProcess;
  readonly stop: AbortController;
  readonly done: Promise<unknown>;
}

/**
 * Everything in one place: the log on disk, the mail service outside, and the processes over them. Processes come, go
 * and are killed; the log and the mails that were sent stay.
 */
export class World {
  readonly clock = new VirtualClock(BEGIN, runReady);
  readonly random: Random;
  readonly mails: MailService;
  readonly faults: FaultRates = { crash: 0, fail: 0 };
  /** Mails whose outcome a crash kept from the ledger, by delivery: these may go out once more. */
  readonly unknownOutcomes = new Map<string, number>();
  /** How often an alert may stand in the log again, by its id: its answer was lost, or a dead process's write landed. */
  readonly explainedAgain = new Map<string, number>();
  crashes = 0;
  readonly #seed: number;
  /** Whether notifiers and the others, not only streams, leave zombies behind. */
  readonly #zombies: boolean;
  readonly #path: string;
  readonly #module: WebAssembly.Module;
  #log: EventLog;
  #running = new Map<string, Running>();
  #control: Control | undefined;
  #made = 0;
  #failure: Error | undefined;

  private constructor(options: { seed: number; path: string; log: EventLog; module: WebAssembly.Module }) {
    this.#seed = options.seed;
    this.#zombies = ZOMBIES === "all" || ZOMBIES !== "streams" && this.#seed % 3 !== 0;
    this.#path = options.path;
    this.#log = options.log;
    this.#module = options.module;
    this.random = seededRandom(options.seed);
    this.mails = new MailService(this.clock, seededRandom(options.seed + 1));
  }

  static async open(seed: number, folder: string): Promise<World> {
    const path = `${folder}/events.db`;
    const world = new World({ seed, path, log: undefined as never, module: await engineModule() });
    world.#log = await world.#openLog();
    return world;
  }

  /** The log as it is, without any process's faults. */
  get log(): EventLog {
    return this.#log;
  }

  #openLog(): Promise<EventLog> {
    return openSqliteLog({ path: this.#path, partitions: PARTITIONS, clock: this.clock });
  }

  /** Closes everything and opens the log's file again: a machine that is switched off and on. */
  async reopen(): Promise<void> {
    for (const { process } of this.#running.values()) process.crash();
    this.#running.clear();
    await this.drive(this.#log.close());
    this.#log = await this.#openLog();
    await this.startControl();
  }

  async close(): Promise<void> {
    for (const { process } of this.#running.values()) process.crash();
    await this.drive(this.#log.close());
  }

  /** Starts a process under a name; one that has that name already keeps it. */
  #start(name: string, run: (process: SimProcess, signal: AbortSignal) => Promise<unknown>): SimProcess {
    const known = this.#running.get(name);
    if (known !== undefined) return known.process;
    const process = new SimProcess({
      name,
      log: this.#log,
      clock: this.clock,
      random: seededRandom(this.#seed * 1_000 + this.#made++),
      rates: this.faults,
      zombie: name.startsWith("stream") || this.#zombies,
    });
    const stop = new AbortController();
    const done = run(process, stop.signal);
    // A role that lives never gives up by itself.
    done.catch((thrown) => this.#failure ??= new Error(`${name} failed`, { cause: thrown }));
    this.#running.set(name, { process, stop, done });
    process.killed.addEventListener("abort", () => {
      this.crashes++;
      if (this.#running.get(name)?.process === process) this.#running.delete(name);
    }, { once: true });
    return process;
  }

  isRunning(name: string): boolean {
    return this.#running.has(name);
  }

  /** Kills a process, where there is one of that name. */
  kill(name: string): void {
    this.#running.get(name)?.process.crash();
  }

  /** Stops a process cleanly, and waits until it has stopped or died in the attempt. */
  async stop(name: string): Promise<void> {
    const running = this.#running.get(name);
    if (running === undefined) return;
    running.stop.abort();
    await this.drive(Promise.race([running.done, this.#diedOf(name)]));
    this.#running.delete(name);
  }

  startFeed(rate: number): void {
    this.#start("feed", async (process, signal) => {
      const source = new SimulatorSource({
        listing: SYMBOLS,
        seed: this.#seed + this.#made,
        rate,
        clock: coarse(process.clock),
        last: await lastTrades(process.log),
      });
      const { log, clock } = process;
      await new Producer({ log, source, clock, random: this.random }).run(signal);
    });
  }

  /** Starts a stream. */
  startStream(name: string): void {
    this.#start(name, (process, signal) => {
      process.onUnanswered = (records) => {
        for (const { topic, value } of records) if (topic === "alerts") this.explainAgain(value);
      };
      return new Stream({
        log: process.log,
        module: this.#module,
        directory: new SymbolDirectory(SYMBOLS),
        clock: process.clock,
        random: this.random,
        windowMs: WINDOW_MS,
        graceMs: WINDOW_MS,
      }).run(signal);
    });
  }

  /** An alert's record may be in the log once more than it was answered for. */
  explainAgain(value: NewRecord["value"]): void {
    const { id } = JSON.parse(textOf(value));
    this.explainedAgain.set(id, (this.explainedAgain.get(id) ?? 0) + 1);
  }

  startNotifier(name: string, stormPerMinute: number): void {
    this.#start(name, (process, signal) => {
      const unrecorded = this.#watchOutcomes(process);
      const lose = () => {
        for (const id of unrecorded) this.#unknownOutcome(id);
      };
      process.killed.addEventListener("abort", lose, { once: true });
      return new Notifier({
        log: process.log,
        channels: [process.channel(this.#noting(process, unrecorded))],
        clock: process.clock,
        random: this.random,
        stormPerMinute,
        maxAttempts: 50,
        retry: { baseMs: 100, capMs: 2_000 },
        rememberMs: 20 * WINDOW_MS,
      }).run(signal);
    });
  }

  #unknownOutcome(deliveryId: string): void {
    this.unknownOutcomes.set(deliveryId, (this.unknownOutcomes.get(deliveryId) ?? 0) + 1);
  }

  /** The mail service, noting each mail that goes out until the ledger says so too. */
  #noting(process: SimProcess, unrecorded: Set<string>): Channel {
    const { mails } = this;
    const send: Channel["send"] = async (message, signal) => {
      const receipt = await mails.send(message, signal);
      const { deliveryId } = message;
      // A call that was under way when its process died ends all the same.
      if (process.dead) this.#unknownOutcome(deliveryId);
      else unrecorded.add(deliveryId);
      return receipt;
    };
    return { channel: mails.channel, transport: mails.transport, send, close: () => mails.close() };
  }

  #watchOutcomes(process: SimProcess): Set<string> {
    const unrecorded = new Set<string>();
    process.onWritten = (records: readonly NewRecord[]) => {
      for (const { topic, value } of records) {
        if (topic !== "deliveries" || value === null) continue;
        const { id, recipient, state } = JSON.parse(textOf(value));
        if (state === "sent") unrecorded.delete(deliveryKey(id, recipient));
      }
    };
    return unrecorded;
  }

  /** Starts the control API where it does not run; it is asked by {@link api}. */
  async startControl(): Promise<void> {
    if (this.isRunning("control")) return;
    let control: Control | undefined;
    this.#start("control", async (process, signal) => {
      const series = new SqliteSeriesStore({
        path: ":memory:",
        clock: process.clock,
        retention: { tickDays: 1, candleDays: 1, maxBytes: 2 ** 26 },
      });
      control = new Control({
        log: process.log,
        series,
        directory: new SymbolDirectory(SYMBOLS),
        clock: process.clock,
        health: new Health(),
        registry: new Registry(),
        rootKey: KEY,
      });
      await control.run(signal);
    });
    await this.pass(0);
    assert(control !== undefined, "the control API is made at once");
    this.#control = control;
    await this.drive(Promise.race([control.ready, this.#diedOf("control")]));
  }

  /** Resolves when the process of a name is killed. */
  #diedOf(name: string): Promise<void> {
    const killed = this.#running.get(name)?.process.killed;
    if (killed === undefined) return Promise.resolve();
    return new Promise((resolve) => killed.addEventListener("abort", () => resolve(), { once: true }));
  }

  /**
   * Asks the control API. Undefined when nobody knows what has come of it: the API has died, or says that the log did
   * not answer it.
   */
  async api(method: string, path: string, body?: unknown): Promise<{ readonly body: unknown } | undefined> {
    if (this.#control === undefined || !this.isRunning("control")) return undefined;
    const response = await this.drive(Promise.race([
      this.#diedOf("control").then(() => undefined),
      this.#control.app.request(path, {
        method,
        headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    ]));
    if (response === undefined) return undefined;
    const text = await response.text();
    if (response.status === 503) return undefined;
    assert(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return { body: text === "" ? undefined : JSON.parse(text) };
  }

  /** The rules as the API lists them. */
  async rules(): Promise<readonly Rule[]> {
    await this.startControl();
    const answer = await this.api("GET", "/v1/rules?limit=1000");
    assert(answer !== undefined, "the list of rules is answered while nothing goes wrong");
    return (answer.body as { data: Rule[] }).data;
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Lets time pass until something has come; fails when it does not. */
  async drive<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const ended = work.finally(() => done = true);
    ended.catch(() => {});
    for (let waited = 0; !done; waited += 200) {
      assert(waited < STUCK_MS, "something is stuck");
      await this.pass(waited === 0 ? 0 : 200);
    }
    return await ended;
  }

  /** Whether a group has done everything that is on a topic. */
  async isDone(group: string, topic: Topic): Promise<boolean> {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const { start, end } = await this.#log.bounds(topic, partition);
      const done = (await this.#log.committed(group, topic, partition))?.offset ?? start;
      if (done < end) return false;
    }
    return true;
  }
}

function textOf(value: NewRecord["value"]): string {
  return typeof value === "string" ? value : new TextDecoder().decode(value ?? new Uint8Array());
}

/** Lets what is ready run: the log writes and reads in turns of the event loop, a few of them for one step. */
async function runReady(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await setImmediate();
}

/** A clock for the feed that wakes twice a second: the virtual day passes faster. */
function coarse(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(Math.max(ms, 500), signal),
  };
}
