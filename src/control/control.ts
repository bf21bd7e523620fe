import type { OpenAPIHono } from "@hono/zod-openapi";
import { createApi } from "./app.ts";
import { type ControlParts, makeParts } from "./control_parts.ts";
import type { ControlDeps } from "./deps.ts";
import type { Services } from "./routes/services.ts";
import type { Api } from "./http/api.ts";
import type { ControlEnv } from "./http/route.ts";
import { OldRecords } from "./store/move_old.ts";
import { counted } from "../core/counted.ts";
import { messageOf } from "../core/errors.ts";
import { retry } from "../core/retry.ts";
import { logger } from "../telemetry/log.ts";
import type { ComponentHealth } from "../telemetry/health.ts";

const log = logger("control");
const HOUSEKEEPING_MS = 1_000;
/**
 * The control role: the API over the rules topic and its own.
 *
 * @example
 * ```ts ignore
 * const control = new Control(deps);
 * const running = control.run(signal);
 * await control.ready;
 * Deno.serve({ hostname: "127.0.0.1", port: 8000, signal }, control.app.fetch);
 * ```
 */
export class Control {
  readonly api: Api;
  readonly #deps: ControlDeps;
  readonly #parts: ControlParts;
  readonly #services: Services;
  readonly #old: OldRecords;
  readonly #unreadable = new Map<string, number>();
  readonly #stopping = new AbortController();
  #loaded = false;
  readonly #ready = Promise.withResolvers<void>();

  constructor(deps: ControlDeps) {
    this.#deps = deps;
    this.#parts = makeParts(deps, this.#stopping.signal);
    this.#services = this.#parts.services;
    this.#old = new OldRecords({ topics: this.#services.topics, clock: deps.clock });
    this.api = createApi(this.#services, { isRead: () => this.#loaded, read: this.ready });
    deps.health.set("control", { state: "starting", detail: "reading the rules" });
  }

  /** What serves requests. */
  get app(): OpenAPIHono<ControlEnv> {
    return this.api.app;
  }

  /** A one-time code that opens the console: `/?code=CODE`. */
  signInCode(): string {
    return this.#services.codes.make();
  }

  /** Resolves when the rules and alerts that are there have been read. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Follows the log until the signal is aborted; event streams end then. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    signal.addEventListener("abort", () => this.#stopping.abort(), { once: true });
    const following = [
      this.#services.topics.follow(signal),
      this.#services.recipients.follow({ clock, random: Math.random, signal }),
      this.#housekeeping(signal),
    ];
    await Promise.race([this.#services.topics.ready, Promise.all(following)]);
    if (!signal.aborted) await this.#begin(signal);
    await Promise.all([
      ...following,
      ...(signal.aborted ? [] : [
        this.#parts.bot?.run(signal),
        this.#parts.reportMail?.run(signal),
        this.#parts.canary?.run(signal),
      ]),
    ]);
    this.#ready.resolve();
    this.#deps.health.remove("control");
  }

  /** Moves what stands in old places, and serves from then on. */
  async #begin(signal: AbortSignal): Promise<void> {
    const begin = async () => {
      await this.#old.move(signal);
      if (!signal.aborted) await this.#services.desk.adopt(this.#services.store.all());
    };
    await retry(begin, {
      clock: this.#deps.clock,
      random: Math.random,
      signal,
      waits: { baseMs: 200, capMs: 5_000, floorMs: 100 },
      failed: (thrown) => {
        const detail = `cannot move its records: ${messageOf(thrown)}`;
        this.#deps.health.set("control", { state: "starting", detail });
      },
    });
    if (signal.aborted) return;
    this.#loaded = true;
    this.#deps.health.watch("control", () => this.#health());
    this.#ready.resolve();
  }

  /** Repairs what stands in the log, and deletes what need not be remembered, a little at a time. */
  async #housekeeping(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#deps.clock.sleep(HOUSEKEEPING_MS, signal);
      if (signal.aborted) return;
      this.#reportUnreadable();
      this.#services.liveness.check();
      if (!this.#loaded) continue;
      try {
        await this.#services.store.repair();
        const surplus = this.#parts.surplus();
        const overwritten = this.#services.recipients.takeOverwritten(this.#deps.clock.now());
        if (surplus.length + overwritten.length > 0) {
          await this.#deps.log.append([...surplus, ...overwritten]);
        }
        await this.#old.clean();
      } catch (thrown) {
        log.warn("housekeeping of the log failed, trying again: {error}", { error: messageOf(thrown) });
      }
    }
  }

  /** What cannot be read stops nothing, and is reported once. */
  #reportUnreadable(): void {
    for (const { topic, count, last } of this.#services.topics.unreadable) {
      if (count === this.#unreadable.get(topic)) continue;
      this.#unreadable.set(topic, count);
      log.error("{count} records of the topic {topic} cannot be read; the last: {key} at {place}: {reason}", {
        count,
        topic,
        key: last.key,
        place: `${last.partition}/${last.offset}`,
        reason: last.reason,
      });
    }
  }

  #health(): ComponentHealth {
    const failure = this.#services.topics.failure ?? this.#services.recipients.failure;
    // What stands still must not answer as if it knew: others are asked meanwhile.
    if (failure !== undefined) return { state: "down", detail: failure };
    const { store, alerts } = this.#services;
    const counts = `${counted(store.total, "rule")}, ${counted(alerts.size, "alert")}`;
    // What is there can still be read.
    if (this.#services.topics.untaken !== undefined) {
      return {
        state: "degraded",
        detail: `${counts}; nothing can be changed: ${this.#services.topics.untaken}`,
      };
    }
    // Only who watches live prices misses them.
    const { failure: prices } = this.#services.market;
    if (prices !== undefined) return { state: "degraded", detail: `${counts}; no live prices: ${prices}` };
    const unreadable = this.#services.topics.unreadable.reduce((sum, { count }) => sum + count, 0);
    return unreadable === 0
      ? { state: "ready", detail: counts }
      : { state: "degraded", detail: `${counts}; ${unreadable} records cannot be read, see the log` };
  }
}
