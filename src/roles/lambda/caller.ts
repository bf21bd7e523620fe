import type { Random } from "../../core/backoff.ts";
import type { Clock } from "../../core/clock.ts";
import { messageOf } from "../../core/errors.ts";
import type { DeliveryEvent } from "../../alerts/delivery_machine.ts";
import type { DeliveryPolicy } from "../../alerts/delivery_policy.ts";
import { type Channel, ChannelError } from "../../ports/channel.ts";
import { callChannel, type Outcome, outcomeEvent } from "../delivery/call.ts";
import type { Lane, Place } from "../delivery/lane.ts";
import { Lanes, LIMITS_MS } from "../delivery/lanes.ts";
import { noChannel } from "../delivery/letters.ts";
import type { LinksOf } from "../../alerts/links.ts";
import type { SubjectForm } from "../../alerts/message.ts";
import { outgoing } from "../delivery/outgoing.ts";
import type { Entry } from "./entry.ts";
import type { BatchGate } from "./gate.ts";

export interface BatchCallerOptions {
  readonly channels: readonly Channel[];
  readonly clock: Clock;
  readonly random: Random;
  readonly links?: LinksOf;
  /** How subjects are written; `condition` by default. */
  readonly subjects?: SubjectForm;
  /** Calls at once to one provider; 8 by default. */
  readonly concurrency?: number;
}

/** Where a delivery stands when its time is over; `queued`: a later call goes on with it; `elsewhere`: another one does now. */
export type Result = "sent" | "suppressed" | "waiting" | "dead" | "queued" | "elsewhere";

/** Kept free at the end of the time, for writing what came out, ms. */
export const RESERVE_MS = 3_000;
/** A wait for the next try that is no longer than this is waited for; a longer one is left to a later call. */
const SHORT_WAIT_MS = 2_500;

/** Calls the channels for a notifier that has little time: each in its lane, as far as the time goes. */
export class BatchCaller {
  readonly #options: BatchCallerOptions;
  readonly #policy: DeliveryPolicy;
  readonly #lanes: Lanes<Entry>;
  #askedAt = -Infinity;

  constructor(options: BatchCallerOptions, policy: DeliveryPolicy) {
    this.#options = options;
    this.#policy = policy;
    this.#lanes = new Lanes({ ...options, concurrency: options.concurrency ?? 8 });
  }

  /** Asks the channels what they allow, where that is not known or old. */
  async askLimits(): Promise<void> {
    const now = this.#options.clock.monotonic();
    if (now - this.#askedAt < LIMITS_MS) return;
    const again = await this.#lanes.ask();
    this.#askedAt = now - LIMITS_MS + again;
  }

  /**
   * Delivers a few, with as many tries as there is time for.
   *
   * @param deadline epoch ms by which it must be over.
   * @throws {OutsideError} when the store is away; what was begun comes to its end first.
   */
  async deliver(
    entries: readonly Entry[],
    gate: BatchGate,
    deadline: number,
  ): Promise<ReadonlyMap<Entry, Result>> {
    const run = new Run({ ...this.#options, policy: this.#policy, lanes: this.#lanes, gate, deadline });
    return await run.all(entries);
  }
}

interface RunOptions extends BatchCallerOptions {
  readonly policy: DeliveryPolicy;
  readonly lanes: Lanes<Entry>;
  readonly gate: BatchGate;
  readonly deadline: number;
}

/** One invocation's deliveries. */
class Run {
  readonly #options: RunOptions;
  readonly #results = new Map<Entry, Result>();
  readonly #used = new Set<Lane<Entry>>();
  readonly #running = new Set<Promise<void>>();
  #failure: unknown;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  async all(entries: readonly Entry[]): Promise<ReadonlyMap<Entry, Result>> {
    for (const entry of entries) this.#queue(entry);
    while (this.#begin() || this.#running.size > 0) await this.#next();
    for (const lane of this.#used) for (const entry of lane.drain()) this.#track(this.#leave(entry));
    await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure;
    return this.#results;
  }

  get #timeLeft(): number {
    return this.#options.deadline - RESERVE_MS - this.#options.clock.now();
  }

  #queue(entry: Entry): void {
    const lane = this.#options.lanes.get(entry);
    if (lane === undefined) return this.#track(this.#refuse(entry));
    this.#used.add(lane);
    lane.push(entry);
  }

  /** Begins what may begin now; whether something else waits for its turn within the time. */
  #begin(): boolean {
    const { clock } = this.#options;
    let waits = false;
    for (const lane of this.#used) {
      while (this.#timeLeft > 0 && this.#failure === undefined) {
        const taken = lane.take(clock.monotonic());
        if (taken === undefined) break;
        this.#track(this.#try(taken.item, taken.place));
      }
      waits ||= this.#failure === undefined &&
        (lane.dueAt(clock.monotonic()) ?? Infinity) < clock.monotonic() + this.#timeLeft;
    }
    return waits;
  }

  /** Waits until a call has ended, or a lane's time has come. */
  async #next(): Promise<void> {
    const { clock } = this.#options;
    const now = clock.monotonic();
    const due = Math.min(...[...this.#used].map((lane) => lane.dueAt(now) ?? Infinity));
    const ended = new AbortController();
    // After the time only what runs is waited for.
    const alarm = due < now + this.#timeLeft ? [clock.sleep(Math.max(1, due - now), ended.signal)] : [];
    await Promise.race([...this.#running, ...alarm]);
    ended.abort("ended");
  }

  #track(work: Promise<void>): void {
    const running = work.catch((error) => {
      this.#failure ??= error;
    }).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #try(entry: Entry, place: Place<Entry>): Promise<void> {
    const { lane } = place;
    const { clock, random } = this.#options;
    let outcome: Outcome | undefined;
    try {
      outcome = await this.#call(entry, lane.channel);
    } finally {
      if (outcome === undefined) lane.release(place);
      else lane.end(place, outcome, clock.monotonic());
    }
    if (outcome === undefined) return;
    const { transport } = lane.channel;
    await this.#end(entry, outcomeEvent(outcome, { at: clock.now(), transport, random: random() }));
    const { state, retryAt = Infinity } = entry.delivery;
    const wait = retryAt - clock.now();
    if (state !== "failed" || wait > SHORT_WAIT_MS || wait >= this.#timeLeft) return;
    await clock.sleep(wait);
    this.#queue(entry);
  }

  /** One call, with what must be before it; undefined when it was not made. */
  async #call(entry: Entry, channel: Channel): Promise<Outcome | undefined> {
    const { clock, gate, policy, deadline, links = () => Promise.resolve({}) } = this.#options;
    const fault = await gate.hush(entry.delivery, clock.now());
    if (fault !== undefined) {
      await this.#end(entry, { type: "hushed", at: clock.now(), fault });
      if (this.#results.get(entry) === "suppressed") return undefined;
    }
    let message;
    try {
      const { subjects } = this.#options;
      message = await outgoing(entry.delivery, {
        links,
        endpoints: gate.endpoints,
        style: (tenant) => ({ ...(subjects && { subjects }), template: gate.templateOf(tenant) }),
        at: clock.now(),
      });
    } catch (error) {
      const fault = { code: "template_failed", reason: messageOf(error) };
      return void await this.#end(entry, { type: "refused", at: clock.now(), fault });
    }
    const step = await entry.step({ type: "called", at: clock.now() });
    if (step?.then.do !== "call") return this.#result(entry, step !== undefined);
    const limitMs = Math.min(policy.callTimeoutMs, deadline - RESERVE_MS / 2 - clock.now());
    // Writing the intent took the time: after the deadline the delivery may be somebody else's.
    if (limitMs > 0) return await callChannel(channel, message, { clock, limitMs });
    return { error: new ChannelError("no_time", "no time was left for the call", NOT_CALLED) };
  }

  /** Its turn has not come in time: a later call goes on with it. */
  async #leave(entry: Entry): Promise<void> {
    const written = entry.stored ||
      await entry.step({ type: "admitted", at: this.#options.clock.now(), place: false }) !== undefined;
    this.#result(entry, written);
  }

  async #refuse(entry: Entry): Promise<void> {
    const fault = noChannel(entry.channel);
    await this.#end(entry, { type: "refused", at: this.#options.clock.now(), fault });
  }

  async #end(entry: Entry, event: DeliveryEvent): Promise<void> {
    this.#result(entry, await entry.note(event) !== undefined);
  }

  #result(entry: Entry, ours: boolean): undefined {
    this.#results.set(entry, ours ? resultOf(entry) : "elsewhere");
    return undefined;
  }
}

const NOT_CALLED = { end: "not_taken", concerns: "recipient" } as const;

/** What the state of a delivery is to whoever counts. */
export function resultOf({ delivery: { state } }: Pick<Entry, "delivery">): Result {
  if (state === "sent" || state === "suppressed" || state === "dead") return state;
  return state === "waiting" || state === "gathered" || state === "unconfirmed" ? "waiting" : "queued";
}
