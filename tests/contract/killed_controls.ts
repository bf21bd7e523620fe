import { expect } from "expect";
import { seededRandom } from "../../src/core/backoff.ts";
import { OutsideError } from "../../src/core/errors.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { type TestControl, withControl } from "../support/control.ts";
import { standing, wantedStanding } from "../support/rules_standing.ts";
import { until } from "../support/until.ts";

/** Runs a body with a log, and a way to open it once more as another process would. */
export type WithLogs = (
  body: (log: EventLog, open: () => Promise<EventLog>) => Promise<void>,
) => Promise<void>;

const IDS = ["one", "two", "three"];
const TARGETS = [
  { symbols: ["005930"] },
  { symbols: ["000660", "035720"] },
  { symbols: ["005930", "000660", "035720"] },
  { market: "KOSPI" },
  { market: "*" },
];
const rule = { when: "rate >= 5", recipients: ["kim@example.com"] };
const ROUNDS = 8;

/** A control instance that may be killed at any of its writes. */
class Instance {
  readonly #log: EventLog;
  readonly #random: () => number;
  readonly #end = Promise.withResolvers<void>();
  #writesLeft = Infinity;
  #running: Promise<void> = Promise.resolve();
  dead = false;
  test!: TestControl;

  private constructor(log: EventLog, random: () => number) {
    this.#log = log;
    this.#random = random;
  }

  static async start(log: EventLog, random: () => number): Promise<Instance> {
    const instance = new Instance(log, random);
    const started = Promise.withResolvers<TestControl>();
    instance.#running = withControl(async (test) => {
      started.resolve(test);
      await instance.#end.promise;
    }, { log: instance.#severed() });
    instance.test = await Promise.race([
      started.promise,
      instance.#running.then(() => Promise.reject(new Error("the instance ended before it was ready"))),
    ]);
    return instance;
  }

  /** It dies at one of its next writes: before it, or after it was made and before that was heard. */
  killSoon(): void {
    this.#writesLeft = Math.floor(this.#random() * 4);
  }

  async stop(): Promise<void> {
    this.#end.resolve();
    await this.#running;
  }

  #severed(): EventLog {
    const append: EventLog["append"] = async (records) => {
      if (!this.dead && this.#writesLeft-- > 0) return await this.#log.append(records);
      const isMade = !this.dead && this.#random() < 0.5;
      this.dead = true;
      if (isMade) await this.#log.append(records);
      throw new OutsideError("killed", "the instance was killed", { retryable: false });
    };
    return new Proxy(this.#log, {
      get(target, name) {
        const member = Reflect.get(target, name);
        return name === "append" ? append : typeof member === "function" ? member.bind(target) : member;
      },
    });
  }
}

/** What two control instances promise of rules for many symbols, though they are killed between a rule's home and its copies. */
export function killedControlsContract(
  name: string,
  withLogs: WithLogs,
  register: (name: string, body: () => Promise<void>) => void = Deno.test,
): void {
  register(
    `${name}: rules of many symbols are changed while instances are killed: no partition keeps an old one`,
    () =>
      withLogs(async (log, open) => {
        const seed = crypto.getRandomValues(new Uint32Array(1))[0]! | 0;
        console.log(`seed ${seed}`);
        const random = seededRandom(seed);
        const pick = <T>(some: readonly T[]) => some[Math.floor(random() * some.length)] as T;
        const start = async () => await Instance.start(await open(), random);
        let instances = [await start(), await start()];
        const change = async ({ test: { json } }: Instance) => {
          const id = pick(IDS);
          const target = pick(TARGETS);
          const chance = random();
          if (chance < 0.15) return await json("DELETE", `/v1/rules/${id}`);
          if (chance < 0.4) return await json("POST", "/v1/rules", { ...rule, ...target, id });
          const whole = { symbol: null, symbols: null, market: null, ...target };
          return await json("PATCH", `/v1/rules/${id}`, whole);
        };
        let killed = 0;
        for (let round = 0; round < ROUNDS; round++) {
          pick(instances).killSoon();
          await Promise.all(instances.flatMap((instance) => [change(instance), change(instance)]));
          instances = await Promise.all(instances.map(async (instance) => {
            if (!instance.dead) return instance;
            killed++;
            await instance.stop();
            return await start();
          }));
        }
        for (const instance of instances) await instance.stop();
        instances = [await start(), await start()];
        const partitions = await log.partitions("rules");
        for (const id of IDS) {
          await until(async () => {
            const [one, two] = await Promise.all(
              instances.map(async ({ test }) => {
                const { status, body } = await test.json("GET", `/v1/rules/${id}`);
                return status === 404 ? undefined : body;
              }),
            );
            if (JSON.stringify(one) !== JSON.stringify(two)) return false;
            return JSON.stringify(await standing(log, id)) ===
              JSON.stringify(wantedStanding(one, partitions));
          }, `every partition to have of ${id} what its home says`);
        }
        for (const instance of instances) await instance.stop();
        expect(killed).toBeGreaterThan(0);
      }),
  );
}
