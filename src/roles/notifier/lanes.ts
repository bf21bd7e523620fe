import type { Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { messageOf } from "../../core/errors.ts";
import type { Channel } from "../../ports/channel.ts";
import type { ChannelName } from "../../rules/rule.ts";
import { logger } from "../../telemetry/log.ts";
import { Lane } from "./lane.ts";
import type { OpenDelivery } from "./open_delivery.ts";

const log = logger("notifier");

export interface LanesOptions {
  readonly channels: readonly Channel[];
  readonly clock: Clock;
  readonly random: Random;
  /** Calls at once in one lane; a channel may allow fewer. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly deliver: (open: OpenDelivery, lane: Lane) => Promise<void>;
}

/** How often a channel is asked again what it allows. */
const LIMITS_MS = 300_000;
const LIMITS_RETRY_MS = 30_000;
/** What is not known is taken as little. */
const UNKNOWN_LIMITS = { perSecond: 1, concurrent: 1 };
/** Lanes that are kept when they are idle. */
const IDLE_LANES = 256;

/** The lanes of all channels, made as they are needed. */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #channels: ReadonlyMap<string, Channel>;
  readonly #lanes = new Map<string, Lane>();
  readonly #limits = new Map<string, { readonly perSecond: number; readonly concurrent: number }>();
  #halted = false;

  constructor(options: LanesOptions) {
    this.#options = options;
    this.#channels = new Map(options.channels.map((channel) => [channel.channel, channel]));
  }

  all(): readonly Lane[] {
    return [...this.#lanes.values()];
  }

  transportOf(channel: ChannelName): string | undefined {
    return this.#channels.get(channel)?.transport;
  }

  /** The lane of a delivery; undefined when its channel is not configured. */
  get(open: { readonly lane: string; readonly channel: string }): Lane | undefined {
    const known = this.#lanes.get(open.lane);
    if (known !== undefined) return known;
    const channel = this.#channels.get(open.channel);
    if (channel === undefined) return undefined;
    if (this.#lanes.size > IDLE_LANES) this.#dropIdle();
    const { clock, random, concurrency, signal, deliver } = this.#options;
    const lane = new Lane({
      name: open.lane,
      channel,
      clock,
      random,
      concurrency,
      perSecond: Infinity,
      signal,
      deliver,
    });
    const limits = this.#limits.get(open.channel) ?? (channel.limits && UNKNOWN_LIMITS);
    if (limits !== undefined) lane.limit(limits);
    if (this.#halted) lane.halt();
    this.#lanes.set(open.lane, lane);
    return lane;
  }

  /** The role stops: no more calls begin. */
  halt(): void {
    this.#halted = true;
    for (const lane of this.#lanes.values()) lane.halt();
  }

  /** Asks the channels what they allow, again and again until aborted. */
  async watchLimits(): Promise<void> {
    const { clock, signal } = this.#options;
    while (!signal.aborted) {
      let wait = LIMITS_MS;
      for (const channel of this.#channels.values()) {
        if (channel.limits === undefined) continue;
        try {
          this.#limit(channel.channel, await channel.limits());
        } catch (error) {
          log.warn("{transport} does not say what it allows: {error}", {
            transport: channel.transport,
            error: messageOf(error),
          });
          if (!this.#limits.has(channel.channel)) this.#limit(channel.channel, UNKNOWN_LIMITS);
          wait = LIMITS_RETRY_MS;
        }
      }
      await clock.sleep(wait, signal);
    }
  }

  #limit(name: ChannelName, limits: { readonly perSecond: number; readonly concurrent: number }): void {
    this.#limits.set(name, limits);
    for (const lane of this.#lanes.values()) if (lane.channel.channel === name) lane.limit(limits);
  }

  #dropIdle(): void {
    for (const [name, lane] of this.#lanes) {
      if (lane.queued === 0 && lane.inFlight === 0 && !lane.paused) this.#lanes.delete(name);
    }
  }
}
