import { DueQueue } from "../../core/due_queue.ts";
import { messageOf } from "../../core/errors.ts";
import { Signal } from "../../core/signal.ts";
import type { DeliveryEvent, Step } from "../../alerts/delivery_machine.ts";
import type { DeliveryPolicy } from "../../alerts/delivery_policy.ts";
import { type DigestGroup, digestGroupOf } from "../../alerts/digest_cause.ts";
import type { Standing } from "../../alerts/consent.ts";
import { type Delivery, isDigest, type LedgerFault } from "../../alerts/ledger.ts";
import type { FindEndpoint } from "../../alerts/webhook_endpoint.ts";
import type { OutgoingMessage } from "../../ports/channel.ts";
import { logger } from "../../telemetry/log.ts";
import type { NotifierMetrics } from "../../telemetry/notifier_metrics.ts";
import { callChannel, outcomeEvent } from "../delivery/call.ts";
import type { Lane, Place } from "../delivery/lane.ts";
import type { ChannelName } from "../../rules/channels.ts";
import { Lanes, type Passenger } from "../delivery/lanes.ts";
import { noChannel } from "../delivery/letters.ts";
import { outgoing, type StyleOf } from "../delivery/outgoing.ts";
import type { ConsentAsker } from "./consent_asker.ts";
import { DigestDesk } from "./digests.ts";
import type { NotifierOptions } from "./options.ts";
import type { OpenDelivery } from "./open_delivery.ts";
import type { Planned } from "./partition_ledger.ts";

const log = logger("notifier");

/** A timer may not be set for longer. */
const LONGEST_SLEEP_MS = 24 * 3_600_000;

export interface DispatcherOptions extends
  Pick<
    NotifierOptions,
    "channels" | "clock" | "random" | "links" | "compose" | "concurrency" | "onDelivery"
  > {
  readonly policy: DeliveryPolicy;
  readonly metrics: NotifierMetrics | undefined;
  readonly endpoints: FindEndpoint;
  /** Why a delivery is not to be made now. */
  readonly hush: (delivery: Delivery) => LedgerFault | undefined;
  /** How a tenant's messages are written. */
  readonly style: StyleOf;
  /** How a recipient stands to a tenant. */
  readonly standing: (who: { readonly tenant: string; readonly recipient: string }) => Standing;
  /** Has recipients asked whom nobody has asked yet. */
  readonly asker: ConsentAsker;
  /** Something else is known of recipients now. */
  readonly recipientsChanged: Signal;
}

/** Something that is due, by the monotonic clock: a delivery that is due `at`, epoch ms, or a lane whose pause is over. */
type Wake =
  & { readonly due: number }
  & ({ readonly open: OpenDelivery; readonly at: number } | { readonly lane: Lane<OpenDelivery> });

/**
 * Does what the machine says of every open delivery: waits until its time, has it take its turn in its lane, calls, and
 * has the ledger write what comes of it. All partitions share its lanes and its time.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #lanes: Lanes<OpenDelivery>;
  readonly #digests: DigestDesk;
  readonly #due = new DueQueue<Wake>();
  /** When each lane is woken next: one wake a lane, however often it is asked. */
  readonly #laneDue = new Map<Lane<OpenDelivery>, number>();
  /** What waits for its recipient to agree. */
  readonly #unconfirmed = new Set<OpenDelivery>();
  readonly #failed = Promise.withResolvers<never>();
  /** Of each ledger, aborted when its calls are given up, those too that have not begun. */
  readonly #stops = new WeakMap<object, AbortController>();
  #wake: () => void = () => {};
  #halted = false;
  /** Something has come to its end, or has been taken up. */
  readonly changed = new Signal();

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const { channels, clock, random, concurrency = 64, policy } = options;
    this.#lanes = new Lanes({ channels, clock, random, concurrency });
    this.#digests = new DigestDesk({ clock, policy });
    this.#failed.promise.catch(() => {});
  }

  /** Rejects when something failed that must not: a bug. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Deliveries that wait for their recipient to agree. */
  get unconfirmedCount(): number {
    return this.#unconfirmed.size;
  }

  lanes(): Iterable<Lane<OpenDelivery>> {
    return this.#lanes.all();
  }

  /** Transports that do not answer when they are asked what they allow, each with why. */
  unanswered(): ReadonlyMap<string, string> {
    return this.#lanes.unanswered();
  }

  /** Whether a channel is configured. */
  has(channel: ChannelName): boolean {
    return this.#lanes.transportOf(channel) !== undefined;
  }

  /** Takes a place for a call that may begin at once. */
  reserve(recipient: Passenger): Place<OpenDelivery> | undefined {
    const lane = this.#halted ? undefined : this.#lanes.get(recipient);
    return lane?.tryReserve(recipient, this.#options.clock.monotonic());
  }

  /** Wakes what is due, until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#watchTime(signal), this.#watchLimits(signal), this.#watchRecipients(signal)]);
  }

  /** The role stops: no more calls begin. */
  halt(): void {
    this.#halted = true;
  }

  /** Goes on with a delivery after its step: `place` where one is taken for its call. */
  follow({ open, step }: Planned, place?: Place<OpenDelivery>): void {
    if (step.write && step.delivery !== undefined) this.#note(step.delivery);
    if (step.then.do === "call" && place !== undefined) {
      return this.#work(open, this.#call(open, place, true));
    }
    place?.lane.release(place);
    if (step.then.do === "wait") this.#wait(open);
  }

  /**
   * Goes on with a delivery that another notifier, or an earlier run, left open.
   *
   * @param found What other records say: whether the digest it was gathered for is written; which alerts of a digest that
   * came late went into other messages.
   */
  async resume(
    open: OpenDelivery,
    { listed, regathered }: { readonly listed: boolean; readonly regathered: ReadonlySet<string> },
  ): Promise<void> {
    const at = this.#options.clock.now();
    if (regathered.size > 0) {
      return void await this.#step(open, { type: "regathered", at, alertIds: regathered });
    }
    if (open.state !== "calling" && open.state !== "gathered") return this.#wait(open);
    if (open.state === "calling") {
      const alertId = open.delivery?.id;
      log.warn("the alert {alertId} may have been sent before this notifier took it over", { alertId });
    }
    await this.#step(open, { type: "resumed", at, listed });
  }

  /** Deliveries are forgotten: nothing of them is waited for. */
  sweep(): void {
    this.#due.keep((wake) => !("open" in wake) || !wake.open.forgotten);
    this.#digests.sweep();
    for (const open of this.#unconfirmed) if (open.forgotten) this.#unconfirmed.delete(open);
    this.changed.notify();
  }

  /** Gives up the calls of a ledger that are under way, for ever; what they have come to is still written. */
  giveUp(ledger: object): void {
    this.#stop(ledger).abort();
  }

  /** Makes the digests of everything that waits, at once. */
  async flush(): Promise<void> {
    for (const group of this.#digests.groups) await this.#gather(group, Infinity);
  }

  #wait(open: OpenDelivery): void {
    if (open.forgotten) return;
    if (open.state === "unconfirmed") return this.#waitForWord(open);
    if (open.state === "waiting") this.#digests.add(open);
    const waitMs = this.#waitMs(open);
    if (waitMs <= 0 && open.state !== "waiting") this.#forward(open);
    else this.#wakeIn(waitMs, open);
  }

  /** Its recipient has to agree first, and may have done so while nobody waited for it; or nobody has asked it yet. */
  #waitForWord(open: OpenDelivery): void {
    const waitMs = this.#waitMs(open);
    if (waitMs <= 0 || this.#isAnswered(open)) return this.#forward(open);
    this.#unconfirmed.add(open);
    this.#wakeIn(waitMs, open);
    const { asker, standing } = this.#options;
    if (standing(open) === "open" && !asker.wants(open)) this.#work(open, this.#ask(open));
  }

  #isAnswered(open: OpenDelivery): boolean {
    const now = this.#options.standing(open);
    return now === "confirmed" || now === "stopped";
  }

  /** Its time has come. */
  #forward(open: OpenDelivery): void {
    if (open.forgotten) return;
    if (open.state === "waiting") {
      const dueBy = Math.max(open.due, this.#options.clock.now());
      return this.#work(open, this.#gather(digestGroupOf(open), dueBy));
    }
    if (open.state === "unconfirmed") return this.#work(open, this.#look(open));
    const lane = this.#lanes.get(open);
    if (lane === undefined) return this.#work(open, this.#refuse(open));
    lane.push(open);
    this.#pump(lane);
  }

  /** Begins every call that may begin now. */
  #pump(lane: Lane<OpenDelivery>): void {
    const { clock } = this.#options;
    while (!this.#halted) {
      const taken = lane.take(clock.monotonic());
      if (taken === undefined) break;
      const { item: open, place } = taken;
      if (open.forgotten) lane.release(place);
      else this.#work(open, this.#call(open, place, false));
    }
    const due = lane.dueAt(clock.monotonic());
    if (due === undefined || this.#halted || due >= (this.#laneDue.get(lane) ?? Infinity)) return;
    this.#laneDue.set(lane, due);
    this.#wakeAt({ due, lane });
  }

  /** A lane's time has come; an earlier one may have taken its place meanwhile. */
  #laneIsDue(lane: Lane<OpenDelivery>, due: number): void {
    if (this.#laneDue.get(lane) !== due) return;
    this.#laneDue.delete(lane);
    this.#pump(lane);
  }

  /** One call: its turn, the intent, the call, the outcome. `intended`: the intent is written already. */
  async #call(open: OpenDelivery, place: Place<OpenDelivery>, intended: boolean): Promise<void> {
    const { lane } = place;
    const { clock, policy, random, metrics } = this.#options;
    const stop = this.#stop(open.ledger).signal;
    let outcome;
    try {
      const message = await this.#message(open, intended, stop);
      if (message === undefined) return;
      if (stop.aborted || open.ledger.lost) {
        return void await this.#step(open, notCalled({ at: clock.now(), random: random() }));
      }
      const began = clock.monotonic();
      const limitMs = lane.channel.callTimeoutMs ?? policy.callTimeoutMs;
      outcome = await callChannel(lane.channel, message, {
        clock,
        limitMs,
        stop,
      });
      metrics?.calls.observe({ channel: open.channel }, (clock.monotonic() - began) / 1000);
    } finally {
      if (outcome === undefined) lane.release(place);
      else lane.end(place, outcome, clock.monotonic());
      this.#pump(lane);
    }
    const { transport } = lane.channel;
    if ("taken" in outcome) this.#observe(open, clock.now());
    await this.#step(open, outcomeEvent(outcome, { at: clock.now(), transport, random: random() }));
  }

  /** The message of a delivery whose intent is in the log; undefined when there is nothing to call for. */
  async #message(
    open: OpenDelivery,
    intended: boolean,
    stop: AbortSignal,
  ): Promise<OutgoingMessage | undefined> {
    const { clock, hush, endpoints, style, links = () => Promise.resolve({}), compose } = this.#options;
    const delivery = await open.ledger.read(open);
    if (delivery === undefined) return void await open.ledger.lose(open);
    // It is the next owner's now, unless its intent says that we call.
    if (open.ledger.lost || !intended && (open.forgotten || open.ledger.revoked)) return undefined;
    const fault = intended ? undefined : hush(delivery);
    if (fault !== undefined) {
      const step = await this.#step(open, { type: "hushed", at: clock.now(), fault });
      if (step?.then.do === "end") return undefined;
    }
    let message: OutgoingMessage;
    try {
      message = await outgoing(delivery, {
        links,
        endpoints,
        style,
        at: clock.now(),
        ...(compose === undefined ? {} : { compose }),
      });
    } catch (error) {
      const fault = { code: "template_failed", reason: messageOf(error) };
      return void await this.#step(open, { type: "refused", at: clock.now(), fault });
    }
    if (intended) return message;
    const step = await open.ledger.step(open, { type: "called", at: clock.now() });
    if (step === undefined) return undefined;
    if (step.then.do !== "call") return void this.follow({ open, step });
    if (step.delivery !== undefined) this.#note(step.delivery);
    return await this.#endedElsewhere(open, stop) ? undefined : message;
  }

  /**
   * Where the intent stands shows that another notifier wrote before it: what that one has sent is not sent again. What is
   * given up meanwhile is not waited for: a log that does not answer must not keep it from being said that nothing was called.
   */
  async #endedElsewhere(open: OpenDelivery, stop: AbortSignal): Promise<boolean> {
    const sent = await unlessStopped(open.ledger.sentByAnother(open), stop);
    if (sent === undefined) return false;
    const { providerId = "", transport = "" } = sent;
    await this.#step(open, { type: "accepted", at: this.#options.clock.now(), providerId, transport });
    return true;
  }

  /** Has its recipient asked, in the alert's language. */
  async #ask(open: OpenDelivery): Promise<void> {
    const { tenant, recipient } = open;
    const [alert] = (await open.ledger.read(open))?.alerts ?? [];
    if (alert !== undefined) this.#options.asker.want({ tenant, recipient, locale: alert.locale });
  }

  /** Its recipient has agreed or stopped, or the time for that is over. */
  async #look(open: OpenDelivery): Promise<void> {
    const { clock, hush, standing } = this.#options;
    this.#unconfirmed.delete(open);
    const delivery = await open.ledger.read(open);
    if (delivery === undefined) return await open.ledger.lose(open);
    const fault = hush(delivery);
    if (fault !== undefined) await this.#step(open, { type: "hushed", at: clock.now(), fault });
    else await this.#step(open, { type: "looked", at: clock.now(), agreed: standing(open) === "confirmed" });
  }

  /** A delivery of the ledger whose channel is configured no longer. */
  async #refuse(open: OpenDelivery): Promise<void> {
    if (await open.ledger.read(open) === undefined) return await open.ledger.lose(open);
    const fault = noChannel(open.channel);
    await this.#step(open, { type: "refused", at: this.#options.clock.now(), fault });
  }

  async #step(open: OpenDelivery, event: DeliveryEvent): Promise<Step | undefined> {
    const step = await open.ledger.step(open, event);
    if (step === undefined) return undefined;
    logStep(step);
    this.follow({ open, step });
    return step;
  }

  async #gather(group: DigestGroup, dueBy: number): Promise<void> {
    for (const made of await this.#digests.gather(group, dueBy)) this.follow(made);
  }

  /** Keeps the partition until the work has ended; a failure of it is the role's. */
  #work(open: OpenDelivery, work: Promise<void>): void {
    open.ledger.track(work);
    work.catch((error) => this.#failed.reject(error));
  }

  #stop(ledger: object): AbortController {
    let stop = this.#stops.get(ledger);
    if (stop === undefined) this.#stops.set(ledger, stop = new AbortController());
    return stop;
  }

  /** A state is in the log. */
  #note(delivery: Delivery): void {
    const { channel, state } = delivery;
    if (state !== "calling" && state !== "pending" && state !== "gathered") {
      const transport = delivery.transport ?? this.#lanes.transportOf(channel) ?? "none";
      this.#options.metrics?.outcomes.inc({ channel, transport, outcome: state });
    }
    this.#options.onDelivery?.(delivery);
    this.changed.notify();
  }

  #observe({ channel, receivedAt, delivery }: OpenDelivery, at: number): void {
    const { metrics } = this.#options;
    if (metrics === undefined || delivery === undefined || isDigest(delivery)) return;
    if (receivedAt !== undefined) metrics.handover.observe({ channel }, Math.max(0, at - receivedAt) / 1000);
    const eventTime = delivery.alerts?.[0]?.eventTime;
    if (eventTime !== undefined) metrics.tradeToMail.observe({ channel }, Math.max(0, at - eventTime) / 1000);
  }

  /** How long a delivery still waits, ms: never longer than was decided, though the time has been put back since. */
  #waitMs(open: OpenDelivery): number {
    return Math.min(open.due - this.#options.clock.now(), open.waitMs);
  }

  #wakeIn(waitMs: number, open: OpenDelivery): void {
    this.#wakeAt({ due: this.#options.clock.monotonic() + Math.max(0, waitMs), open, at: open.due });
  }

  #wakeAt(wake: Wake): void {
    const next = this.#due.nextDue;
    this.#due.push(wake);
    if (next === undefined || wake.due < next) this.#wake();
  }

  async #watchTime(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    signal.addEventListener("abort", () => this.#wake(), { once: true });
    while (!signal.aborted) {
      for (let wake; (wake = this.#due.takeDue(clock.monotonic())) !== undefined;) {
        if ("lane" in wake) this.#laneIsDue(wake.lane, wake.due);
        // One whose time has changed since has another wake.
        else if (wake.open.due === wake.at) this.#forward(wake.open);
      }
      const turn = new AbortController();
      this.#wake = () => turn.abort("woken");
      const wait = (this.#due.nextDue ?? Infinity) - clock.monotonic();
      await clock.sleep(Math.min(LONGEST_SLEEP_MS, wait), turn.signal);
    }
  }

  /** Has what waits for a recipient's word examined when there is one. */
  async #watchRecipients(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.recipientsChanged.wait(signal);
      for (const open of [...this.#unconfirmed]) if (this.#isAnswered(open)) this.#forward(open);
    }
  }

  async #watchLimits(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const wait = await this.#lanes.ask();
      for (const lane of this.#lanes.all()) this.#pump(lane);
      await this.#options.clock.sleep(wait, signal);
    }
  }
}

/** An intent whose call was given up before it began: it is whoever has the partition next who calls. */
function notCalled(given: { readonly at: number; readonly random: number }): DeliveryEvent {
  const fault = { code: "given_up", reason: "the partition was handed on before the call" };
  return { type: "failed", fault, ...given };
}

/** What a task comes to; undefined when the signal is aborted first, and the task's end is then nobody's. */
async function unlessStopped<T>(task: Promise<T>, stop: AbortSignal): Promise<T | undefined> {
  const stopped = Promise.withResolvers<undefined>();
  const done = () => stopped.resolve(undefined);
  if (stop.aborted) done();
  stop.addEventListener("abort", done, { once: true });
  task.catch(() => {});
  try {
    return await Promise.race([stopped.promise, task]);
  } finally {
    stop.removeEventListener("abort", done);
  }
}

/** Says what has become of a call that was not taken. Recipients stand in no log: some are secrets. */
function logStep({ delivery, letters }: Step): void {
  if (delivery === undefined) return;
  const { id: alertId, channel, state, retryAt = 0, at, reason = "" } = delivery;
  if (letters !== undefined) {
    log.error("the alert {alertId} does not reach {channel}: {reason}", {
      alertId,
      channel,
      reason: letters.reason,
    });
  } else if (state === "failed") {
    log.warn("the alert {alertId} is tried again in {wait} ms: {reason}", {
      alertId,
      wait: retryAt - at,
      reason,
    });
  }
}
