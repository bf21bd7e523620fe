import type { Random } from "../../core/backoff.ts";
import { retry } from "../../core/retry.ts";
import { messageOf, OutsideError } from "../../core/errors.ts";
import type { ChatBot, ChatUpdate } from "../../ports/chat_bot.ts";
import type { Assignment } from "../../ports/event_log.ts";
import { RateLimiter } from "../auth/rate_limit.ts";
import { logger } from "../../telemetry/log.ts";
import { ChatDesk, type DeskServices } from "./chat_desk.ts";

const log = logger("control");
/** Whichever control process has this group's partition asks for the updates: Telegram serves one at a time. */
const GROUP = "control";
const WAITS = { baseMs: 1_000, capMs: 60_000, floorMs: 500 };
/** Orders of one chat: so many at once, then one in two seconds. What is more is passed over. */
const ORDERS = { perSecond: 0.5, burst: 20 };
/** An answer without updates is to take so long at least, ms. */
const LEAST_POLL_MS = 100;
/** Tries of an answer. */
const ANSWER_TRIES = 3;

/** Asks Telegram for what people write, and has it carried out. */
export class BotRole {
  readonly #services: DeskServices;
  readonly #bot: ChatBot;
  readonly #desk: ChatDesk;
  readonly #random: Random;
  readonly #limits: RateLimiter;
  #next = 0;

  constructor(services: DeskServices, bot: ChatBot, random: Random = Math.random) {
    this.#services = services;
    this.#bot = bot;
    this.#desk = new ChatDesk(services, bot);
    this.#random = random;
    this.#limits = new RateLimiter({ ...ORDERS, clock: services.deps.clock });
  }

  /** Works, while this process is the one that may, until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { deps } = this.#services;
    await this.#always("telegram", signal, () => this.#bot.open(signal));
    if (signal.aborted) return;
    deps.health.set("telegram", { state: "ready", detail: `@${this.#bot.name() ?? ""}` });
    const member = await deps.log.join({
      group: GROUP,
      topics: ["control"],
      assigned: (assignment) => Promise.resolve(this.#owned(assignment)),
    });
    signal.addEventListener("abort", () => void member.leave(), { once: true });
    if (signal.aborted) await member.leave();
    await member.done;
  }

  #owned({ signal }: Assignment) {
    const stop = new AbortController();
    const working = this.#poll(AbortSignal.any([signal, stop.signal]));
    working.catch((thrown) =>
      log.error("the Telegram bot has stopped: {error}", { error: messageOf(thrown) })
    );
    return {
      handle: () => Promise.resolve(),
      revoke: async () => {
        stop.abort();
        await working.catch(() => {});
      },
    };
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const { clock } = this.#services.deps;
    while (!signal.aborted) {
      const began = clock.monotonic();
      const updates = await this.#always("telegram", signal, () => this.#bot.updates(this.#next, signal));
      // Whoever answers at once with nothing, instead of waiting as asked, is not asked all the time.
      if (updates?.length === 0 && clock.monotonic() - began < LEAST_POLL_MS) {
        await clock.sleep(LEAST_POLL_MS, signal);
      }
      for (const update of updates ?? []) {
        await this.#always("telegram", signal, () => this.#take(update, signal));
        if (signal.aborted) return;
        this.#next = update.id + 1;
      }
    }
  }

  async #take(update: ChatUpdate, signal: AbortSignal): Promise<void> {
    if (update.movedTo === undefined && !this.#limits.take(update.chat).allowed) return;
    const answer = await this.#desk.take(update);
    if (answer !== undefined) await this.#say(update.chat, answer, signal);
  }

  /** Answers; what cannot be said after some tries is not said: the order is carried out all the same. */
  async #say(chat: string, text: string, signal: AbortSignal): Promise<void> {
    try {
      let tries = 0;
      await retry(() => this.#bot.say(chat, text, signal), {
        ...this.#retrying(signal),
        again: (thrown) => thrown instanceof OutsideError && thrown.retryable && ++tries < ANSWER_TRIES,
      });
    } catch (thrown) {
      if (!(thrown instanceof OutsideError)) throw thrown;
      log.warn("an answer of the Telegram bot did not get through: {error}", { error: thrown.message });
    }
  }

  /** Does something that Telegram or the log may keep from being done, until it is. */
  async #always<T>(component: string, signal: AbortSignal, task: () => Promise<T>): Promise<T | undefined> {
    const { health } = this.#services.deps;
    let failed = false;
    const done = await retry(task, {
      ...this.#retrying(signal),
      again: (thrown) => thrown instanceof OutsideError,
      failed: (thrown) => {
        failed = true;
        health.set(component, { state: "degraded", detail: messageOf(thrown) });
      },
    });
    if (failed && !signal.aborted) health.set(component, { state: "ready", detail: "answers again" });
    return done;
  }

  #retrying(signal: AbortSignal) {
    return { clock: this.#services.deps.clock, random: this.#random, signal, waits: WAITS };
  }
}
