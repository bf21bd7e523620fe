import type { Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { messageOf } from "../../core/errors.ts";
import { endpointName } from "../../alerts/webhook_endpoint.ts";
import type { Channel, ChannelLimits } from "../../ports/channel.ts";
import { addressOf, CHANNEL_KINDS, type ChannelName } from "../../rules/channels.ts";
import { logger } from "../../telemetry/log.ts";
import type { Turn } from "./fair_queue.ts";
import { Lane } from "./lane.ts";

const log = logger("notifier");

export interface LanesOptions {
  readonly channels: readonly Channel[];
  readonly clock: Clock;
  readonly random: Random;
  /** Calls at once in one lane; a channel may allow fewer. */
  readonly concurrency: number;
}

/** What takes turns in a lane. */
export interface Passenger extends Turn {
  readonly channel: ChannelName;
}

/** How often a channel is asked again what its account allows. */
export const LIMITS_MS = 300_000;
const LIMITS_RETRY_MS = 30_000;
/** What is not known is taken as little. */
const UNKNOWN_LIMITS: ChannelLimits = { perSecond: 1, concurrent: 1 };
/** Lanes beyond this many are dropped once they are idle: hosts of webhooks come and go. */
const KEPT_LANES = 64;

/** What a recipient shares with others: the scope that fails as one. Mail addresses know no case. */
export function scopeOf(channel: ChannelName, recipient: string): string {
  return CHANNEL_KINDS[channel].scope(addressOf(recipient));
}

/** The lanes of all channels, made as they are needed. */
export class Lanes<T extends Passenger> {
  readonly #options: LanesOptions;
  readonly #channels: ReadonlyMap<string, Channel>;
  readonly #lanes = new Map<string, Lane<T>>();
  readonly #limits = new Map<string, ChannelLimits>();
  /** Why the last question was not answered, by transport. */
  readonly #unanswered = new Map<string, string>();

  constructor(options: LanesOptions) {
    this.#options = options;
    this.#channels = new Map(options.channels.map((channel) => [channel.channel, channel]));
  }

  all(): Iterable<Lane<T>> {
    return this.#lanes.values();
  }

  /** Transports that did not say what they allow when they were asked last, each with why: mail will not go out either. */
  unanswered(): ReadonlyMap<string, string> {
    return this.#unanswered;
  }

  transportOf(channel: ChannelName): string | undefined {
    return this.#channels.get(channel)?.transport;
  }

  /** The lane of a recipient; undefined when its channel is not configured. */
  get({ channel: name, recipient, tenant }: Passenger): Lane<T> | undefined {
    const kind = CHANNEL_KINDS[name];
    // An endpoint's name is its tenant's own.
    const named = endpointName(recipient) !== undefined;
    const provider = kind.provider(named ? `${tenant}/${addressOf(recipient)}` : addressOf(recipient));
    const known = this.#lanes.get(provider);
    if (known !== undefined) return known;
    const channel = this.#channels.get(name);
    if (channel === undefined) return undefined;
    const { clock, random, concurrency } = this.#options;
    const now = clock.monotonic();
    if (this.#lanes.size >= KEPT_LANES) this.#dropIdle(now);
    const limits = {
      perSecond: kind.limits.perSecond,
      concurrent: Math.min(kind.limits.concurrent, concurrency),
    };
    const lane = new Lane<T>({ name: provider, channel, random, limits, each: kind.each, now });
    const asked = this.#limits.get(name) ?? (channel.limits && UNKNOWN_LIMITS);
    if (asked !== undefined) lane.limit(asked, now);
    this.#lanes.set(provider, lane);
    return lane;
  }

  /** Asks the channels what their accounts allow; when to ask again, ms from now. */
  async ask(): Promise<number> {
    let wait = LIMITS_MS;
    for (const channel of this.#channels.values()) {
      if (channel.limits === undefined) continue;
      try {
        this.#limit(channel.channel, await channel.limits());
        this.#unanswered.delete(channel.transport);
      } catch (thrown) {
        const { transport } = channel;
        const error = messageOf(thrown);
        this.#unanswered.set(transport, error);
        log.warn("{transport} does not say what it allows: {error}", { transport, error });
        if (!this.#limits.has(channel.channel)) this.#limit(channel.channel, UNKNOWN_LIMITS);
        wait = LIMITS_RETRY_MS;
      }
    }
    return wait;
  }

  #limit(name: ChannelName, limits: ChannelLimits): void {
    this.#limits.set(name, limits);
    const now = this.#options.clock.monotonic();
    for (const lane of this.#lanes.values()) if (lane.channel.channel === name) lane.limit(limits, now);
  }

  #dropIdle(now: number): void {
    for (const [name, lane] of this.#lanes) if (lane.idle(now)) this.#lanes.delete(name);
  }
}
