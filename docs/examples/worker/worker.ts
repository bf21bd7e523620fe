/**
 * Tickbell at an edge: trades come by POST or by a queue's messages, the engine decides, each alert calls a webhook once. Runs
 * on Cloudflare's workerd; README.md says how, and what of it fits other platforms.
 */
import { Hono } from "hono";
import {
  batchOfTrades,
  decodeTrade,
  Engine,
  type FiredMark,
  InputError,
  makeAlert,
  makeRule,
  type Match,
  parseRule,
  type Rule,
  SymbolDirectory,
  type Trade,
} from "@tickbell/tickbell";
// workerd takes a module as an import, never as bytes.
import engineModule from "@tickbell/tickbell/engine.wasm";

/** What wrangler or the test binds. */
interface Env {
  readonly PARTITION: DurableObjectNamespace;
  /** What callers must send as a bearer token. */
  readonly KEY: string;
  /** Where alerts are posted. */
  readonly WEBHOOK: string;
}

const app = new Hono<{ Bindings: Env }>();

app.use(async (c, next) => {
  if (c.req.header("authorization") !== `Bearer ${c.env.KEY}`) return c.json({ error: "a key is needed" }, 401);
  await next();
});
app.post("/rules", (c) => partition(c.env).fetch("https://partition/rules", { method: "POST", body: c.req.raw.body }));
app.post("/trades", (c) => partition(c.env).fetch("https://partition/trades", { method: "POST", body: c.req.raw.body }));

/** One object has all rules here. For more symbols than one can carry: an object a symbol, named by it. */
function partition(env: Env): DurableObjectStub {
  return env.PARTITION.get(env.PARTITION.idFromName("all"));
}

export default {
  fetch: app.fetch,
  /** The same by a queue: each message an array of trades. */
  async queue(batch: { readonly messages: readonly { readonly body: unknown; ack(): void; retry(): void }[] }, env: Env) {
    for (const message of batch.messages) {
      const answer = await partition(env).fetch("https://partition/trades", {
        method: "POST",
        body: JSON.stringify(message.body),
      });
      if (answer.status < 500) message.ack();
      else message.retry();
    }
  },
};

/** What is kept of a match until its webhook has taken it. */
interface Waiting {
  readonly alert: unknown;
  readonly attempts: number;
  /** When it is tried, epoch ms. */
  readonly at: number;
}

/** A webhook is tried after 1, 2, 4, … s; the last time some two hours after the first. */
const MOST_ATTEMPTS = 13;

/** Keeps the engine in memory, and in its storage what must outlive it: rules, what has fired, alerts that wait. */
export class Partition {
  readonly #state: DurableObjectState;
  readonly #env: Env;
  readonly #engine = new Engine(engineModule);
  readonly #directory = new SymbolDirectory([], { complete: false });

  constructor(state: DurableObjectState, env: Env) {
    this.#state = state;
    this.#env = env;
    void state.blockConcurrencyWhile(async () => {
      const rules = await state.storage.list<Rule>({ prefix: "rule/" });
      this.#engine.load([...rules.values()]);
      this.#engine.watermark = await state.storage.get<number>("watermark") ?? 0;
      for (const mark of (await state.storage.list<FiredMark>({ prefix: "fired/" })).values()) this.#engine.restore(mark);
    });
  }

  async fetch(request: Request): Promise<Response> {
    try {
      const body = await request.json();
      return new URL(request.url).pathname === "/rules" ? await this.#put(body) : await this.#evaluate(body);
    } catch (thrown) {
      if (thrown instanceof InputError) return Response.json({ errors: thrown.issues }, { status: 400 });
      if (thrown instanceof SyntaxError) return Response.json({ errors: ["no JSON"] }, { status: 400 });
      throw thrown;
    }
  }

  async #put(body: unknown): Promise<Response> {
    const rule = makeRule(parseRule(body), { id: crypto.randomUUID(), now: Date.now() });
    await this.#state.storage.put(`rule/${rule.id}`, rule);
    this.#engine.put(rule);
    return Response.json({ id: rule.id }, { status: 201 });
  }

  async #evaluate(body: unknown): Promise<Response> {
    const trades = (Array.isArray(body) ? body : [body]).map(readTrade);
    const next = await this.#state.storage.get<number>("next") ?? 0;
    const { matches } = this.#engine.evaluate(batchOfTrades(trades, next));
    // What has fired, the alert that waits and how far the trades were read stand or fall together: a crash before that loses
    // the answer to the caller, who sends the trades again; one after it calls the webhook when the object wakes.
    await this.#state.storage.transaction(async (storage) => {
      await storage.put({ next: next + trades.length, watermark: this.#engine.watermark });
      for (const match of matches) {
        const alert = makeAlert(match, this.#engine.windowMs, this.#directory);
        await storage.put(`fired/${alert.id}`, markOf(match));
        await storage.put(`waiting/${alert.id}`, { alert, attempts: 0, at: Date.now() } satisfies Waiting);
      }
    });
    if (matches.length > 0) await this.#state.storage.setAlarm(Date.now());
    return Response.json({ trades: trades.length, alerts: matches.length });
  }

  /** Called by the platform at the time that was set, and again when it throws: sends what is due. */
  async alarm(): Promise<void> {
    let next = Infinity;
    for (const [key, waiting] of await this.#state.storage.list<Waiting>({ prefix: "waiting/" })) {
      if (waiting.at <= Date.now()) {
        const taken = await fetch(this.#env.WEBHOOK, {
          method: "POST",
          headers: { "content-type": "application/json", "webhook-id": key.slice("waiting/".length) },
          body: JSON.stringify(waiting.alert),
        }).then(({ ok }) => ok, () => false);
        const attempts = waiting.attempts + 1;
        if (taken || attempts === MOST_ATTEMPTS) {
          if (!taken) console.error(`${key} was not taken ${attempts} times: given up`);
          await this.#state.storage.delete(key);
          continue;
        }
        const at = Date.now() + 1_000 * 2 ** waiting.attempts;
        await this.#state.storage.put(key, { ...waiting, attempts, at } satisfies Waiting);
        next = Math.min(next, at);
      } else next = Math.min(next, waiting.at);
    }
    await this.#forgetOldWindows();
    if (next !== Infinity) await this.#state.storage.setAlarm(next);
  }

  /** What fired in windows that are over can fire no more: trades of then are late. */
  async #forgetOldWindows(): Promise<void> {
    const oldest = this.#engine.watermark - 2 * 86_400_000;
    for (const [key, { windowStart }] of await this.#state.storage.list<FiredMark>({ prefix: "fired/" })) {
      if (windowStart < oldest) await this.#state.storage.delete(key);
    }
  }
}

function markOf({ rule, symbol, windowStart, eventTime }: Match): FiredMark {
  // Rules for one symbol are known by their id alone.
  return { ruleId: rule.id, symbol: rule.symbol === null ? symbol : null, windowStart, armed: rule.armed, at: eventTime };
}

function readTrade(value: unknown): Trade {
  return decodeTrade(new TextEncoder().encode(JSON.stringify(value)));
}
