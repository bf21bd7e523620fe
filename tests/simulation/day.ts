import { type Random, seededRandom } from "../../src/core/backoff.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import { INGEST_TIME_HEADER } from "../../src/ports/arrival.ts";
import type { NewRecord } from "../../src/ports/event_log.ts";
import { isTestId } from "../../src/alerts/notice.ts";
import { storedRuleId } from "../../src/rules/tenancy.ts";
import { holds } from "./broken_promise.ts";
import { GOOD_MAIL } from "./mail_service.ts";
import { oneOf, type Plan, type Step } from "./plan.ts";
import { Promises } from "./promises.ts";
import { replaceWhatFires } from "./replaced_rules.ts";
import { noteOf, RECIPIENTS, ruleFields } from "./rule_maker.ts";
import {
  type Answer,
  type ProcessName,
  STUCK_MS,
  SYMBOLS,
  type Tenant,
  TENANTS,
  type World,
} from "./world.ts";
import { textOf } from "./watch.ts";

/** A rule as callers know it. */
interface KnownRule {
  readonly tenant: Tenant;
  readonly id: string;
  /** As it was answered last; undefined: nobody knows. */
  readonly view?: RuleView;
  /** As it was asked for. */
  readonly fields?: Record<string, unknown>;
}

/** What of a rule's answer is examined. */
interface RuleView {
  readonly version: number;
  /** The version that armed it: by a clock that was put back, the time may be the same. */
  readonly armed: number;
  readonly conditions: unknown;
  readonly on: unknown;
  readonly repeat: unknown;
}

/** What an orchestrator keeps running. */
const KEPT: readonly ProcessName[] = ["feed", "stream-1", "notifier-1", "consumer-1", "control"];
/** Who goes on with the partitions of one that is frozen. */
const HEIRS: Partial<Record<ProcessName, ProcessName>> = {
  "stream-1": "stream-2",
  "stream-2": "stream-1",
  "notifier-1": "notifier-2",
  "notifier-2": "notifier-1",
};
const FIRST_RULES = 14;
const EVERYONE = [...new Set([...RECIPIENTS.default, ...RECIPIENTS.other])];

/** Does the steps of a plan to a world, and examines it. */
export class Day {
  /** The step that is being done. */
  at = 0;
  readonly #world: World;
  readonly #promises: Promises;
  /** Rules that callers know, by tenant and id; and those of which nobody knows whether they are there. */
  readonly #rules = new Map<string, KnownRule>();
  readonly #busy = new Set<string>();
  readonly #deleted = new Set<string>();
  readonly #pending = new Set<Promise<unknown>>();
  #named = 0;

  constructor(world: World) {
    this.#world = world;
    this.#promises = new Promises(world);
  }

  async run({ steps }: Plan): Promise<void> {
    await this.#begin();
    for (const [index, step] of steps.entries()) {
      this.at = index;
      const { scheduler } = this.#world;
      scheduler.note(`step ${index} ${JSON.stringify(step)}`);
      for (const name of KEPT) this.#world.start(name);
      await this.#world.pass(step.waitMs);
      await this.#do(step);
      this.#world.requireSound();
    }
  }

  async #begin(): Promise<void> {
    const world = this.#world;
    for (const name of KEPT) world.start(name);
    await world.pass(500);
    const body = { name: "other's", scopes: ["admin"], tenant: "other" };
    const made = await this.#sure(() => world.api("POST", "/v1/keys", { body }));
    world.keys.set("other", (made.body as { key: string }).key);
    for (let count = 0; count < FIRST_RULES; count++) {
      const making = this.#makeRule(seededRandom(count + 1), TENANTS[count % 3 === 0 ? 1 : 0]);
      await world.drive(making, "the first rules");
    }
    await this.#rest();
    world.expectation.calm();
  }

  async #do(step: Step): Promise<void> {
    const world = this.#world;
    const { counters, scheduler } = world;
    switch (step.do) {
      case "calm":
        return await this.#calm(seededRandom(step.seed));
      case "trades":
        return this.#trade(step);
      case "odd trade":
        return await this.#oddTrade(step);
      case "gap":
        counters.count("gaps of the feed");
        return world.exchange.gap(scheduler.now);
      case "alert again":
        return await this.#alertAgain(seededRandom(step.seed));
      case "make rule":
        return this.#later(this.#makeRule(seededRandom(step.seed), step.tenant));
      case "change rule":
        return this.#later(this.#changeRule(seededRandom(step.seed), step.tenant));
      case "delete rule":
        return this.#later(this.#deleteRule(seededRandom(step.seed), step.tenant));
      case "suppress":
        return this.#later(this.#suppress(recipientOf(step.recipient)));
      case "lift":
        return this.#later(this.#lift(recipientOf(step.recipient)));
      case "stop address":
        return this.#later(this.#stopAddress(step.tenant, step.recipient));
      case "quiet hours":
        return this.#later(this.#quietHours(recipientOf(step.recipient), step.minutes));
      case "silence":
        return this.#later(this.#silence(step.tenant, seededRandom(step.seed)));
      case "look":
        return this.#later(this.#look(step.tenant));
      case "listen":
        return this.#later(this.#listen(step.tenant));
      case "start":
        return world.start(step.who);
      case "stop":
        return world.stop(step.who);
      case "kill":
        return world.host(step.who)?.kill();
      case "kill at effect":
        return world.host(step.who)?.killAt(step.effects, step.side);
      case "kill at state":
        return world.at(step.who, step.state, (host, { recipient }) => {
          counters.count(`killed at ${step.state}`);
          host.kill();
          if (step.hushed) this.#later(this.#suppress(recipient));
        });
      case "freeze at state":
        if (step.state === "failed") world.mails.weather = { ...GOOD_MAIL, throttled: 0.5 };
        return world.at(step.who, step.state, () => {
          counters.count(`frozen at ${step.state}`);
          world.mails.weather = GOOD_MAIL;
          this.#freeze(step.who, step.ms);
        });
      case "freeze":
        return this.#freeze(step.who, step.ms);
      case "step clock":
        counters.count("steps of a clock");
        return world.stepClock(step.who, step.byMs);
      case "weather":
        return world.setWeather(step.who, step.weather);
      case "full disk":
        counters.count("full disks");
        world.model.full = true;
        scheduler.after(step.ms, "the disk has room", () => world.model.full = false);
        return;
      case "store away":
        world.storeDown = true;
        scheduler.after(step.ms, "the store is back", () => world.storeDown = false);
        return;
      case "mail weather":
        world.mails.weather = step.weather;
        return;
    }
  }

  #trade({ seed, count, agoMs }: Extract<Step, { do: "trades" }>): void {
    const { exchange, scheduler, counters } = this.#world;
    const random = seededRandom(seed);
    if (count > 100) counters.count("overloads");
    if (agoMs > 0) counters.count("old trades of the feed");
    const trades = Array.from(
      { length: count },
      () => exchange.trade(oneOf(SYMBOLS, random), scheduler.now - agoMs, random),
    );
    counters.count("trades", trades.length);
    if (random() < 0.1) {
      counters.count("trades given twice");
      trades.push(trades[0]!);
    }
    if (random() < 0.03) {
      counters.count("future trades of the feed");
      trades.push(exchange.trade(oneOf(SYMBOLS, random), scheduler.now + 600_000, random));
    }
    exchange.publish(trades, scheduler.now);
  }

  /** What no feed of ours writes: a trade from the past or the future, or bytes that are none. */
  async #oddTrade({ seed, kind }: Extract<Step, { do: "odd trade" }>): Promise<void> {
    const { scheduler, exchange, counters } = this.#world;
    const random = seededRandom(seed);
    const { now } = scheduler;
    const listed = oneOf(SYMBOLS, random);
    const away = kind === "future" ? 600_000 : -Math.floor(random() * 40_000);
    const trade = exchange.trade(listed, now + away, random);
    const value = kind === "no trade"
      ? oneOf(["{", "", "null", `{"symbol":"${listed.symbol}"}`], random)
      : encodeTrade(trade);
    counters.count(`odd trades: ${kind}`);
    await this.#write({
      topic: "trades",
      key: listed.symbol,
      value,
      timestamp: trade.eventTime,
      headers: { [INGEST_TIME_HEADER]: String(now) },
    });
  }

  async #alertAgain(random: Random): Promise<void> {
    const { model, watch, counters } = this.#world;
    const records = model.all("alerts");
    if (records.length === 0) return;
    const { topic, key, value, timestamp, headers } = oneOf(records, random);
    watch.writesAgain((JSON.parse(textOf(value)) as { id: string }).id);
    counters.count("alerts written again");
    await this.#write({ topic, key, value, timestamp, headers });
  }

  /** Somebody outside writes a record. */
  async #write(record: NewRecord): Promise<void> {
    await this.#world.drive(this.#world.outside([record]), "a write from outside");
  }

  #freeze(who: ProcessName, ms: number): void {
    const host = this.#world.host(who);
    if (host === undefined || host.frozen) return;
    this.#world.counters.count("freezes");
    host.freeze();
    const heir = HEIRS[who];
    if (heir !== undefined) this.#world.start(heir);
    this.#world.scheduler.after(ms, `${host.name} wakes up`, () => host.thaw());
  }

  /** Something a caller does and does not wait for. */
  #later(work: Promise<unknown>): void {
    this.#pending.add(work);
    work.then(
      () => this.#pending.delete(work),
      (thrown) => {
        this.#pending.delete(work);
        this.#world.fail(thrown);
      },
    );
  }

  /** Asks until there is an answer. */
  async #sure(ask: () => Promise<Answer>): Promise<NonNullable<Answer>> {
    for (let tries = 0;; tries++) {
      holds(tries < 200, "the API answers", () => "it does not, though nothing is wrong");
      for (const name of KEPT) this.#world.start(name);
      const answer = await this.#world.drive(ask(), "the API");
      if (answer !== undefined) return answer;
      await this.#world.pass(500);
    }
  }

  async #makeRule(random: Random, tenant: Tenant): Promise<void> {
    // Now and then one that was deleted, or is there already.
    const known = this.#known(tenant);
    const gone = [...this.#deleted].filter((place) => place.startsWith(`${tenant}/`));
    const again = gone.length > 0 && random() < 0.4 ? oneOf(gone, random).split("/")[1]! : undefined;
    const id = again ?? (known.length > 0 && random() < 0.05 ? oneOf(known, random) : `r${this.#named++}`);
    const { now } = this.#world.scheduler;
    const { shortWindows } = this.#world.setup;
    const fields = ruleFields(random, {
      tenant,
      now,
      shortWindows,
      ...(again === undefined ? {} : { many: 0.5 }),
    });
    await this.#asked({ tenant, id }, "POST", "/v1/rules", { id, ...fields });
  }

  async #changeRule(random: Random, tenant: Tenant): Promise<void> {
    const known = this.#known(tenant);
    if (known.length === 0) return;
    const id = oneOf(known, random);
    const { symbol: _s, symbols: _m, market: _k, ...fields } = ruleFields(random, {
      tenant,
      now: this.#world.scheduler.now,
      shortWindows: this.#world.setup.shortWindows,
    });
    const roll = random();
    const change = roll < 0.2 ? { enabled: random() < 0.7 } : roll < 0.3 ? { note: noteOf(tenant) } : fields;
    await this.#asked({ tenant, id }, "PATCH", `/v1/rules/${id}`, change);
  }

  async #deleteRule(random: Random, tenant: Tenant): Promise<void> {
    const known = this.#known(tenant);
    if (known.length === 0) return;
    const id = oneOf(known, random);
    await this.#asked({ tenant, id }, "DELETE", `/v1/rules/${id}`);
  }

  /** Other rules like ones that go: what those fired is not their own. */
  async #replaceRules(random: Random): Promise<void> {
    const known = [...this.#rules.values()].flatMap(({ tenant, id, fields }) =>
      fields === undefined ? [] : [{ tenant, id, fields }]
    );
    const happened = await replaceWhatFires(this.#world, random, {
      known,
      remove: ({ tenant, id }) => this.#asked({ tenant, id }, "DELETE", `/v1/rules/${id}`),
      make: ({ tenant, fields }) => {
        const id = `r${this.#named++}`;
        return this.#asked({ tenant, id }, "POST", "/v1/rules", { ...fields, id, expiresAt: null });
      },
    });
    if (happened) this.#world.counters.count("rules replaced by others like them");
  }

  /** Asks for a change of a rule, and holds the answer against what is in the log at that moment. */
  async #asked(
    rule: { tenant: Tenant; id: string },
    method: string,
    path: string,
    body?: unknown,
  ): Promise<void> {
    const { tenant, id } = rule;
    const place = `${tenant}/${id}`;
    if (this.#busy.has(place)) return;
    this.#busy.add(place);
    const { counters, expectation } = this.#world;
    this.#deleted.delete(place);
    const answer = await this.#world.api(method, path, { body, tenant });
    if (method === "POST") this.#rules.delete(place);
    this.#busy.delete(place);
    counters.count(answer === undefined ? "changes without an answer" : `${method} ${answer.status}`);
    if (answer === undefined) return void this.#rules.set(place, rule);
    const { status } = answer;
    if (status === 204) {
      this.#rules.delete(place);
      this.#deleted.add(place);
      return;
    }
    if (status === 404) return void this.#rules.delete(place);
    if (status === 200 || status === 201) {
      const view = answer.body as RuleView;
      this.#armedAnew(place, view);
      const fields = method === "POST" ? { fields: body as Record<string, unknown> } : {};
      this.#rules.set(place, { ...this.#rules.get(place), ...rule, ...fields, view });
      const { version } = view;
      const stored = storedRuleId(tenant, id);
      const last = Math.max(...expectation.rules.map((table) => table.baseOf(stored)));
      holds(
        last >= version,
        "what is answered is stored",
        () => `${method} ${path} was answered ${status} with version ${version}, the log has ${last}`,
      );
      return;
    }
    const refusals = [409, 412, 400];
    holds(
      refusals.includes(status),
      "the API answers as it says",
      () => `${method} ${path}: ${status} ${JSON.stringify(answer.body)}`,
    );
  }

  /** Another condition counts at once. */
  #armedAnew(place: string, { version, armed, conditions, on, repeat }: RuleView): void {
    const before = this.#rules.get(place)?.view;
    if (before?.version !== version - 1) return;
    const deciding = (rule: Pick<RuleView, "conditions" | "on" | "repeat">) =>
      JSON.stringify([rule.conditions, rule.on, rule.repeat]);
    holds(
      deciding(before) === deciding({ conditions, on, repeat }) || armed === version,
      "another condition counts at once",
      () => `${place} was changed to ${JSON.stringify(conditions)} and is armed by version ${armed}`,
    );
  }

  #known(tenant: Tenant): string[] {
    return [...this.#rules.values()].filter((rule) => rule.tenant === tenant).map(({ id }) => id);
  }

  async #suppress(recipient: string): Promise<void> {
    const { scheduler, hushes } = this.#world;
    const hush = hushes.add({ tenant: null, recipient, symbol: null, askedAt: scheduler.now });
    const answer = await this.#setRecipient(recipient, { suppressed: true, reason: "asked to" });
    if (answer?.status === 200 && hush.endsFrom === undefined) hush.ackedAt = scheduler.now;
  }

  async #lift(recipient: string): Promise<void> {
    const { scheduler, hushes } = this.#world;
    const standing = hushes.standing(recipient);
    for (const hush of standing) hush.endsFrom ??= scheduler.now;
    const answer = await this.#setRecipient(recipient, { suppressed: false });
    if (answer?.status === 200) { for (const hush of standing) hush.endedAt = scheduler.now; }
  }

  async #quietHours(recipient: string, minutes: number): Promise<void> {
    const { scheduler, watch } = this.#world;
    const start = Math.floor(scheduler.now / 60_000) * 60_000;
    const end = start + minutes * 60_000;
    watch.quietUnsure.add(recipient);
    const answer = await this.#setRecipient(recipient, {
      quietHours: `${clockText(start)}-${clockText(end)}`,
    });
    if (answer?.status !== 200) return;
    watch.quietUnsure.delete(recipient);
    watch.quiet.set(recipient, { start, end, ackedAt: scheduler.now });
  }

  async #setRecipient(recipient: string, body: unknown): Promise<Answer> {
    const { counters } = this.#world;
    const path = `/v1/suppressions/${encodeURIComponent(recipient)}`;
    const answer = await this.#world.api("PUT", path, { body });
    counters.count(answer === undefined ? "settings without an answer" : `settings ${answer.status}`);
    return answer;
  }

  async #stopAddress(tenant: Tenant, of: number): Promise<void> {
    const { scheduler, hushes, counters } = this.#world;
    const recipient = RECIPIENTS[tenant][of % 3]!;
    const hush = hushes.add({ tenant, recipient, symbol: null, askedAt: scheduler.now });
    const link = await this.#world.stopLink(tenant, recipient);
    const answer = await this.#world.api("POST", link, { text: "act=stop" });
    counters.count(answer === undefined ? "stops without an answer" : `stops ${answer.status}`);
    if (answer?.status === 200) hush.ackedAt = scheduler.now;
  }

  async #silence(tenant: Tenant, random: Random): Promise<void> {
    const { scheduler, hushes, counters } = this.#world;
    const { symbol } = oneOf(SYMBOLS, random);
    hushes.add({ tenant, recipient: null, symbol, askedAt: scheduler.now });
    const body = {
      matchers: [{ field: "symbol", value: symbol }],
      until: scheduler.now + 20_000,
      comment: noteOf(tenant),
    };
    const answer = await this.#world.api("POST", "/v1/silences", { tenant, body });
    counters.count(answer === undefined ? "silences without an answer" : `silences ${answer.status}`);
  }

  /** What a tenant is shown is its own. */
  async #look(tenant: Tenant): Promise<void> {
    for (const [path, field] of [["rules", "note"], ["alerts", "note"], ["silences", "comment"]] as const) {
      const answer = await this.#world.api("GET", `/v1/${path}?limit=1000`, { tenant });
      if (answer?.status !== 200) continue;
      this.#world.counters.count("looks");
      const { data } = answer.body as { data: Record<string, unknown>[] };
      for (const item of data) this.#isOwn(tenant, item[field], path);
    }
  }

  /** Follows a tenant's alerts as they fire, until the API ends. */
  async #listen(tenant: Tenant): Promise<void> {
    await this.#world.follow("/v1/alerts/stream", tenant, (event) => {
      if (!event.includes("event: alert")) return;
      this.#world.counters.count("alerts heard live");
      const data = /^data: (.*)$/m.exec(event)?.[1] ?? "{}";
      this.#isOwn(tenant, (JSON.parse(data) as { note?: string }).note, "the stream of alerts");
    });
  }

  #isOwn(tenant: Tenant, note: unknown, what: string): void {
    holds(
      note === noteOf(tenant),
      "no tenant sees another one's",
      () => `${what} of ${tenant} has "${note}"`,
    );
  }

  async #calm(random: Random): Promise<void> {
    const world = this.#world;
    await this.#rest();
    await this.#promises.check();
    for (const tenant of TENANTS) await this.#sameRules(tenant);
    world.watch.calms.push(world.scheduler.now);
    for (let edits = Math.floor(random() * 4); edits > 0; edits--) {
      const tenant = oneOf(TENANTS, random);
      const roll = random();
      const edit = roll < 0.4
        ? this.#makeRule(random, tenant)
        : roll < 0.8
        ? this.#changeRule(random, tenant)
        : this.#deleteRule(random, tenant);
      await world.drive(edit, "a change in the calm");
    }
    // What was edited reaches the streams, and what came meanwhile is evaluated, before the next trade.
    await world.evaluated(1_500);
    world.expectation.catchUp();
    world.expectation.calm();
    if (random() < 0.5) await this.#replaceRules(random);
  }

  /** Waits until every change is on all partitions, every trade evaluated and stored, every delivery at its end. */
  async #rest(): Promise<void> {
    const world = this.#world;
    world.clear();
    world.mails.weather = GOOD_MAIL;
    // What a feed that stood still brings when it wakes is not there at once.
    for (let waited = 0; waited === 0 || !this.#isAtRest(); waited += 200) {
      holds(waited < STUCK_MS, "what must happen happens", () => this.#whatIsOpen());
      for (const name of KEPT) world.start(name);
      await world.pass(200);
    }
  }

  #isAtRest(): boolean {
    const world = this.#world;
    return this.#pending.size === 0 && world.isOverItsLosses() &&
      world.expectation.unfinished().length === 0 &&
      world.isDone("stream", "trades") &&
      world.isDone("notifier", "alerts") &&
      (["trades", "candles", "alerts"] as const).every((topic) => world.isDone("consumer", topic)) &&
      world.openDeliveries().every(({ id }) => isTestId(id));
  }

  #whatIsOpen(): string {
    const world = this.#world;
    const open = world.openDeliveries();
    const states = open.slice(0, 5).map(({ id, recipient, state }) => `${id}|${recipient} ${state}`);
    const done = [["stream", "trades"], ["notifier", "alerts"], ["consumer", "trades"]] as const;
    const groups = done.map(([group, topic]) => `${group} ${world.isDone(group, topic) ? "done" : "behind"}`);
    return `it does not come to rest: ${groups.join(", ")}, ${this.#pending.size} calls of the API, ` +
      `${world.expectation.unfinished().length} rules half written, ` +
      `${open.length} deliveries open: ${states.join("; ")}`;
  }

  /** No rule that was answered is lost, and none that was deleted is there. */
  async #sameRules(tenant: Tenant): Promise<void> {
    const answer = await this.#sure(() => this.#world.api("GET", "/v1/rules?limit=1000", { tenant }));
    const rules = (answer.body as { data: { id: string; version: number }[] }).data;
    const seen = rules.map(({ id, version }) => `${id} ${version}`).sort();
    const known = this.#world.expectation.standing(tenant);
    holds(
      seen.join() === known.join(),
      "no rule is lost",
      () => `the log has ${known.join()}, the API has ${seen.join()}`,
    );
    for (const { id } of rules) {
      const place = `${tenant}/${id}`;
      holds(!this.#deleted.has(place), "what is deleted is gone", () => `${place} is there`);
      if (!this.#rules.has(place)) this.#rules.set(place, { tenant, id });
    }
    for (const [place, rule] of this.#rules) {
      if (rule.tenant === tenant && !rules.some(({ id }) => id === rule.id)) this.#rules.delete(place);
    }
  }
}

function recipientOf(seed: number): string {
  return EVERYONE[seed % EVERYONE.length]!;
}

/** A time of day in Seoul, `HH:MM`. */
function clockText(at: number): string {
  return new Date(at + 9 * 3_600_000).toISOString().slice(11, 16);
}
