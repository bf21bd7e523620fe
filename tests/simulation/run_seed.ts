import { conditionWritten, type WrittenCondition } from "../../src/rules/read_conditions.ts";
import { assert } from "../../src/core/errors.ts";
import type { NewRecord } from "../../src/ports/event_log.ts";
import { COMPARATORS, DIRECTIONS, type Rule, SHORTHAND_KINDS } from "../../src/rules/rule.ts";
import { allRecords } from "../support/temporary_log.ts";
import { Expectation, WINDOW_MS } from "./expectation.ts";
import { REFUSED_ADDRESS } from "./mail_service.ts";
import { Promises } from "./promises.ts";
import { PARTITIONS, SYMBOLS, World } from "./world.ts";

/** What happened in a run, for the curious. */
export interface Run {
  readonly trades: number;
  readonly late: number;
  readonly unreadable: number;
  readonly alerts: number;
  readonly mails: number;
  readonly crashes: number;
  readonly rules: number;
}

/** How many stretches of trading a run has; each ends in a calm in which everything is checked. */
const STRETCHES = 4;
/** How long it may take until everything has come to its end, virtual ms. */
const CALM_MS = 300_000;
const PROCESSES = ["feed", "stream-1", "stream-2", "notifier-1", "notifier-2", "control"];
const RECIPIENTS = ["kim@example.com", "lee@example.com", REFUSED_ADDRESS];

/** Runs one seed to its end; throws at the first promise that is broken. */
export async function runSeed(seed: number, folder: string): Promise<Run> {
  const world = await World.open(seed, folder);
  try {
    return await new Day(world).run();
  } finally {
    await world.close();
  }
}

/** A rule as the simulation believes it to be. */
interface Known {
  /** The forms it had since the last calm, the present one last. */
  versions: Rule[];
  /** Whether it had its one form all the time. */
  calm: boolean;
  deleted: boolean;
}

class Day {
  readonly #world: World;
  readonly #expectation: Expectation;
  readonly #promises: Promises;
  readonly #rules = new Map<string, Known>();
  /** Rules of which nobody knows whether the last change was made: what the API lists afterwards counts. */
  readonly #unanswered = new Set<string>();
  readonly #storm: number;
  #nextRule = 0;

  constructor(world: World) {
    this.#world = world;
    this.#expectation = new Expectation(world.log, PARTITIONS);
    this.#promises = new Promises(world, this.#expectation);
    this.#storm = this.#chance(0.5) ? 0 : 5;
  }

  async run(): Promise<Run> {
    const world = this.#world;
    await world.startControl();
    for (let count = 0; count < 16; count++) await this.#addRule(true);
    for (let stretch = 0; stretch < STRETCHES; stretch++) {
      await this.#trade();
      await this.#calm();
      await this.#check(stretch === STRETCHES - 1);
      await this.#editInTheCalm();
      if (this.#chance(0.3)) {
        await world.reopen();
        this.#expectation.reopened(world.log);
      }
    }
    const { trades, late, must, unreadable } = this.#expectation;
    return {
      trades,
      late,
      unreadable: unreadable.size,
      alerts: must.size,
      mails: world.mails.sent.length,
      crashes: world.crashes,
      rules: this.#rules.size,
    };
  }

  /** A stretch of trading, in which anything may happen. */
  async #trade(): Promise<void> {
    const world = this.#world;
    Object.assign(world.faults, { crash: 0.01, fail: 0.05 });
    world.mails.throttled = this.#chance(0.3) ? 0.3 : 0;
    const rate = 5 + Math.floor(world.random() * 25);
    const steps = 6 + Math.floor(world.random() * 8);
    for (let step = 0; step < steps; step++) {
      this.#keepRunning(rate);
      await world.startControl();
      await world.pass(200 + Math.floor(world.random() * 1_500));
      if (this.#chance(0.1)) {
        world.kill(this.#oneOf(PROCESSES));
      }
      if (this.#chance(0.1)) await world.stop(this.#oneOf(["stream-2", "notifier-2", "stream-1"]));
      if (this.#chance(0.15)) await this.#appendOddRecord();
      if (this.#chance(0.1)) await this.#alertAgain();
      if (this.#chance(0.1)) await this.#addRule(false);
      if (this.#chance(0.1)) await this.#changeRule(false);
      if (this.#chance(0.05)) await this.#deleteRule(false);
    }
    await world.stop("feed");
  }

  /** Starts what died, as an orchestrator would; the second members come and go. */
  #keepRunning(rate: number): void {
    const world = this.#world;
    world.startStream("stream-1");
    world.startNotifier("notifier-1", this.#storm);
    if (rate > 0) world.startFeed(rate);
    if (this.#chance(0.3)) world.startStream("stream-2");
    if (this.#chance(0.3)) world.startNotifier("notifier-2", this.#storm);
  }

  /** Waits until every trade has been evaluated, every alert taken up, and every delivery is at its end. */
  async #calm(): Promise<void> {
    const world = this.#world;
    Object.assign(world.faults, { crash: 0, fail: 0 });
    world.mails.throttled = 0;
    for (let waited = 0;; waited += 500) {
      assert(waited < CALM_MS, `it does not come to rest: ${await this.#whatIsOpen()}`);
      this.#keepRunning(0);
      await world.pass(500);
      const evaluated = await world.isDone("stream", "trades") && await world.isDone("notifier", "alerts");
      if (evaluated && (await this.#promises.openDeliveries()).length === 0) return;
    }
  }

  async #check(last: boolean): Promise<void> {
    const world = this.#world;
    await this.#learnUnanswered();
    await this.#expectation.catchUp(
      [...this.#rules.values()].map(({ versions, calm }) => ({ versions, calm })),
    );
    for (const [id, known] of this.#rules) {
      if (known.deleted) this.#rules.delete(id);
      known.versions = known.versions.slice(-1);
      known.calm = true;
    }
    await this.#checkRules();
    await this.#promises.check();
    if (last) await world.stop("stream-1");
  }

  /** A change without an answer was made, or it was not: either way the API says so now. */
  async #learnUnanswered(): Promise<void> {
    const listed = new Map((await this.#world.rules()).map((rule) => [rule.id, ruleFrom(rule)]));
    for (const id of this.#unanswered) {
      const known = this.#rules.get(id);
      const rule = listed.get(id);
      if (known !== undefined) known.calm = false;
      if (rule === undefined) {
        if (known !== undefined) known.deleted = true;
      } else if (known === undefined) {
        this.#rules.set(id, { versions: [rule], calm: false, deleted: false });
      } else if (known.versions.at(-1)?.version !== rule.version) known.versions.push(rule);
    }
    this.#unanswered.clear();
  }

  /** No rule that was answered is lost, and none that was deleted is there. */
  async #checkRules(): Promise<void> {
    const seen = (await this.#world.rules()).map(({ id, version }) => `${id} ${version}`).sort();
    const known = [...this.#rules].map(([id, { versions }]) => `${id} ${versions.at(-1)?.version}`).sort();
    assert(seen.join() === known.join(), `rules: expected ${known.join()}, the API has ${seen.join()}`);
  }

  async #whatIsOpen(): Promise<string> {
    const open = await this.#promises.openDeliveries();
    const stream = await this.#world.isDone("stream", "trades");
    const notifier = await this.#world.isDone("notifier", "alerts");
    const states = open.slice(0, 5).map(({ id, recipient, state }) => `${id}|${recipient} ${state}`);
    return `stream done ${stream}, notifier done ${notifier}, ${open.length} deliveries open: ${
      states.join("; ")
    }`;
  }

  async #editInTheCalm(): Promise<void> {
    for (let edits = Math.floor(this.#world.random() * 4); edits > 0; edits--) {
      const kind = this.#oneOf(["add", "change", "change", "delete"] as const);
      if (kind === "add") await this.#addRule(true);
      else if (kind === "change") await this.#changeRule(true);
      else await this.#deleteRule(true);
    }
    // What was edited reaches the streams before the next trade.
    this.#keepRunning(0);
    await this.#world.pass(1_500);
  }

  async #addRule(calm: boolean): Promise<void> {
    const id = `r${this.#nextRule++}`;
    const answer = await this.#world.api("POST", "/v1/rules", { id, ...this.#ruleFields() });
    if (answer === undefined) return void this.#unanswered.add(id);
    this.#rules.set(id, { versions: [ruleFrom(answer.body)], calm, deleted: false });
  }

  async #changeRule(calm: boolean): Promise<void> {
    const known = this.#anyRule();
    if (known === undefined) return;
    const before = known.versions.at(-1) as Rule;
    const { symbol: _, ...fields } = this.#ruleFields();
    const change = this.#chance(0.3) ? { enabled: !before.enabled } : fields;
    const answer = await this.#world.api("PATCH", `/v1/rules/${before.id}`, change);
    if (answer === undefined) return void this.#unanswered.add(before.id);
    const after = ruleFrom(answer.body);
    known.versions = calm ? [after] : [...known.versions, after];
    known.calm &&= calm;
  }

  async #deleteRule(calm: boolean): Promise<void> {
    const known = this.#anyRule();
    if (known === undefined) return;
    const { id } = known.versions.at(-1) as Rule;
    const answer = await this.#world.api("DELETE", `/v1/rules/${id}`);
    if (answer === undefined) return void this.#unanswered.add(id);
    if (calm) this.#rules.delete(id);
    else Object.assign(known, { calm: false, deleted: true });
  }

  #anyRule(): Known | undefined {
    const isKnown = (known: Known) => !this.#unanswered.has(known.versions.at(-1)?.id ?? "");
    const there = [...this.#rules.values()].filter((known) => !known.deleted && isKnown(known));
    return there.length === 0 ? undefined : this.#oneOf(there);
  }

  #ruleFields() {
    const { symbol, basePrice } = this.#oneOf(SYMBOLS);
    const kind = this.#oneOf(SHORTHAND_KINDS);
    const either = {
      change_rate: 0.3,
      day_change: basePrice * 0.003,
      target_price: basePrice,
      price_limit: 0,
    };
    const value = kind === "change_rate" ? either[kind].toFixed(2) : String(Math.round(either[kind]));
    const recipients = RECIPIENTS.filter((_, index) => index === 0 || this.#chance(0.4));
    return {
      symbol,
      kind,
      direction: kind === "target_price" ? null : this.#oneOf(DIRECTIONS),
      comparator: kind === "price_limit" ? null : this.#oneOf(COMPARATORS),
      value: kind === "price_limit" ? null : value,
      recipients,
    };
  }

  /** What no feed of ours writes: a trade from the past, or bytes that are none. */
  async #appendOddRecord(): Promise<void> {
    const { clock, log, random } = this.#world;
    const { symbol, basePrice } = this.#oneOf(SYMBOLS);
    const eventTime = clock.now() - Math.floor(random() * 4 * WINDOW_MS);
    const trade = {
      symbol,
      eventTime,
      price: basePrice,
      sign: "3",
      change: 0,
      rate: 0,
      open: basePrice,
      high: basePrice,
      low: basePrice,
      volume: 1,
      accVolume: 1,
      accValue: basePrice,
      ask: 0,
      bid: 0,
      halted: "N",
    };
    const value = this.#chance(0.5)
      ? JSON.stringify(trade)
      : this.#oneOf(["{", "", "null", `{"symbol":"${symbol}"}`]);
    const record: NewRecord = { topic: "trades", key: symbol, value, timestamp: eventTime };
    await this.#world.drive(log.append([record]));
  }

  /** A zombie writes an alert that is there once more. */
  async #alertAgain(): Promise<void> {
    const { log } = this.#world;
    const records = await allRecords(log, "alerts");
    if (records.length === 0) return;
    const { topic, key, value, timestamp, headers } = this.#oneOf(records);
    this.#world.explainAgain(value);
    await this.#world.drive(log.append([{ topic, key, value, timestamp, headers }]));
  }

  #chance(share: number): boolean {
    return this.#world.random() < share;
  }

  #oneOf<T>(items: readonly T[]): T {
    return items[Math.floor(this.#world.random() * items.length)] as T;
  }
}

/** A rule from the API's answer: of an answer's times only those that decide are read. */
function ruleFrom(body: unknown): Rule {
  const view = body as Omit<Rule, "conditions"> & { conditions: WrittenCondition[]; armedAt: string };
  return { ...view, conditions: view.conditions.map(conditionWritten), armedAt: Date.parse(view.armedAt) };
}
