import type { Alert } from "../../src/alerts/alert.ts";
import { type Delivery, isDigest } from "../../src/alerts/ledger.ts";
import { isRecipientKey } from "../../src/alerts/recipient_settings.ts";
import type { LogRecord } from "../../src/ports/event_log.ts";
import type { OutgoingMessage } from "../../src/ports/channel.ts";
import { holds } from "./broken_promise.ts";
import type { Host } from "./host.ts";
import type { Hushes } from "./hushes.ts";
import type { TakenCommit } from "./kafka_group.ts";
import type { SentMail } from "./mail_service.ts";

/** What is written so near to the edge of quiet hours may be on either side of it, ms. */
const MARGIN_MS = 3_000;

interface QuietHours {
  readonly start: number;
  readonly end: number;
  readonly ackedAt: number;
}

/** Where and when an alert was written first. */
interface WrittenAlert {
  readonly by: Host;
  readonly at: number;
}

/** What is known of a delivery from the ledger's records, in their order. */
interface KnownDelivery {
  /** Calls that were announced. */
  intents: number;
  /** When the last one was; Infinity before the first. */
  intentAt: number;
  /** Whether the log has refused a record for want of room between the last one and the delivery's end. */
  noRoom: boolean;
  /** Calls that were made. */
  calls: number;
  /** When `sent` stood first, and after how many intents; undefined while it did not. */
  sentAt: number | undefined;
  intentsAtSent: number;
  /** Who announced calls. */
  readonly callers: Set<Host>;
}

/**
 * Examines each record and each mail at the moment it comes about: an intent before each call, no second mail without an
 * excuse, no alert twice that a restart had to know of.
 */
export class Watch {
  readonly #now: () => number;
  readonly #noRoomAt: () => number;
  /** The newest record of each delivery, by its key. */
  readonly ledger = new Map<string, Delivery>();
  /** The alerts that are in the log, by id. */
  readonly alerts = new Map<string, Alert>();
  readonly #alerts = new Map<string, WrittenAlert>();
  readonly #deliveries = new Map<string, KnownDelivery>();
  readonly #assigned = new Map<string, number>();
  /** Taken mails, by what they are about: `alert|recipient`. */
  readonly mailed = new Map<string, SentMail[]>();
  /** When everything had come to rest: what was acknowledged by then is known to everybody from then on. */
  readonly calms: number[] = [];
  readonly #hushes: Hushes;
  /** Alerts that may stand in the log once more, by how often: somebody else wrote them. */
  readonly #foreign = new Map<string, number>();
  /** Hours in which a recipient is not written to, as they were acknowledged. */
  readonly quiet = new Map<string, QuietHours>();
  /** Recipients of whom nobody knows what hours they have. */
  readonly quietUnsure = new Set<string>();

  /** @param given.noRoomAt When the log took no record last, for want of room. */
  constructor(given: { now: () => number; noRoomAt: () => number; hushes: Hushes }) {
    this.#now = given.now;
    this.#noRoomAt = given.noRoomAt;
    this.#hushes = given.hushes;
  }

  /** A process is given a partition; what is in the log by now it has to know. */
  assigned(host: Host, place: string): void {
    this.#assigned.set(`${host.name} ${place}`, this.#now());
  }

  /** Somebody who is no stream is about to write an alert again. */
  writesAgain(id: string): void {
    this.#foreign.set(id, (this.#foreign.get(id) ?? 0) + 1);
  }

  alertWritten(record: LogRecord, by: Host): void {
    const alert = JSON.parse(textOf(record.value)) as Alert;
    const { id } = alert;
    this.alerts.set(id, alert);
    const before = this.#alerts.get(id);
    if (before === undefined) return void this.#alerts.set(id, { by, at: this.#now() });
    const foreign = this.#foreign.get(id) ?? 0;
    if (foreign > 0) return void this.#foreign.set(id, foreign - 1);
    const assignedAt = this.#assigned.get(`${by.name} trades/${record.partition}`) ?? Infinity;
    // Its own answer was lost, or the other one's write came after it had read what was there.
    if (before.by === by && by.unsure || before.at >= assignedAt || by.dead || by.wasFrozen) return;
    holds(
      false,
      "a rule fires once in its window",
      () => `${id}, written by ${before.by.name}, is written again by ${by.name}, which had read it`,
    );
  }

  /**
   * Only who has a partition says how far it has come; and that never goes back, but by the owner's own earlier word that
   * comes after a later one: Kafka's commits have no order of their own.
   */
  committed(group: string, { place, member, owner, before, after, isLate }: TakenCommit): void {
    holds(
      owner === undefined || owner === member,
      "only its owner commits for a partition",
      () => `${member} of ${group} commits ${after} for ${place}, which ${owner} has`,
    );
    holds(
      after >= before || isLate,
      "what is done stays done",
      () => `${member} of ${group} commits ${after} for ${place} after ${before}`,
    );
  }

  ledgerWritten(record: LogRecord, by: Host): void {
    const delivery = deliveryOf(record);
    if (delivery === undefined) return void this.ledger.delete(record.key);
    this.ledger.set(record.key, delivery);
    if (!this.#deliveries.has(record.key)) this.#admitted(delivery, by);
    const known = this.#known(record.key);
    if (delivery.state === "calling") {
      known.intents++;
      known.intentAt = this.#now();
      known.callers.add(by);
    } else if (delivery.state === "sent" && known.sentAt === undefined) {
      known.sentAt = this.#now();
      known.intentsAtSent = known.intents;
    } else if (delivery.state === "dead") known.noRoom = this.#noRoomAt() >= known.intentAt;
  }

  /** A process begins to call. @param unanswered its own calls for the same that had no answer. */
  called({ deliveryId }: OutgoingMessage, host: Host, unanswered: number): void {
    const known = this.#known(deliveryId);
    known.calls++;
    holds(
      unanswered < 2 || host.lostSomething || host.wasFrozen,
      "what has no answer is called for once more",
      () => `${host.name} calls for ${deliveryId} after ${unanswered} calls without an answer`,
    );
    holds(
      known.calls <= known.intents,
      "an intent is written before every call",
      () =>
        `${host.name} calls for ${deliveryId} the ${known.calls}. time, ${known.intents} intents are written`,
    );
  }

  /** A delivery's first record: in quiet hours it waits for their end. */
  #admitted({ id, recipient, state, why, until, tenant = "" }: Delivery, by: Host): void {
    if (isDigest({ id }) || this.quietUnsure.has(recipient)) return;
    const hours = this.quiet.get(recipient);
    const now = this.#now();
    if (hours === undefined || this.#knows(by) <= hours.ackedAt) return;
    if (now <= hours.start + MARGIN_MS || now >= hours.end - MARGIN_MS || by.skewed) return;
    if (this.#hushes.explain(tenant, recipient, { symbol: "" }) || state === "suppressed") return;
    holds(
      state === "waiting" && why === "quiet" && until === hours.end,
      "quiet hours are kept",
      () => `${id}|${recipient} is ${state} until ${until}, the hours end at ${hours.end}`,
    );
  }

  /** What was acknowledged before is certainly known to a process at a time. */
  #knows(host: Host, at = this.#now()): number {
    return Math.max(host.startedAt, this.calms.findLast((calm) => calm <= at) ?? 0);
  }

  /** A mail was taken. */
  taken(mail: SentMail, hold: boolean): void {
    // What is on its way is not called back, nor known to who died meanwhile.
    const forbidden = this.#hushes.forbids(mail.tenant, mail.to, this.#knows(mail.by, mail.calledAt));
    holds(
      forbidden === undefined,
      "who asked not to be written to is not",
      () => `${mail.by.name} mails ${mail.deliveryId}; ${mail.to} is out since ${forbidden?.ackedAt}`,
    );
    const known = this.#known(mail.deliveryId);
    for (const id of mail.alertIds) {
      const key = `${id}|${mail.to}`;
      const before = this.mailed.get(key) ?? [];
      this.mailed.set(key, [...before, mail]);
      if (before.length === 0) continue;
      const last = before.at(-1) as SentMail;
      const said = () =>
        `${key} is mailed by ${mail.by.name} (${mail.deliveryId}), after ${last.by.name} had (${last.deliveryId})`;
      holds(!hold, "with hold nothing is mailed twice", said);
      // What was handed over may arrive long after its caller has given up, or died, and it was sent again.
      if (mail.by.dead || mail.late) continue;
      const { sentAt } = this.#known(last.deliveryId);
      holds(
        known.sentAt === undefined || known.intents === known.intentsAtSent,
        "an alert is mailed once",
        () => `${said()}; its intent came after the ledger said sent`,
      );
      // What it knows it may not say any more once the partition is taken away during the call or after it, though it gets
      // it again.
      const mute = sentAt === undefined && (last.by.dead || last.by.lostAt >= last.calledAt);
      const excused = !last.told || last.by !== mail.by || mute;
      holds(excused, "an alert is mailed once", () => `${said()}, and knew it`);
      const lost = !last.told || last.by.dead || last.by.wasFrozen || last.by.lostSomething ||
        sentAt === undefined;
      holds(lost, "an alert is mailed once", () => `${said()}, whose outcome was known`);
    }
  }

  /** Whether who announced a call of a delivery may have been unable to say how it ended. */
  isUnsure(key: string): boolean {
    const { callers, noRoom } = this.#known(key);
    return noRoom ||
      [...callers].some((host) => host.dead || host.wasFrozen || host.lostSomething || host.stopped);
  }

  #known(key: string): KnownDelivery {
    let known = this.#deliveries.get(key);
    if (known === undefined) {
      known = {
        intents: 0,
        intentAt: Infinity,
        noRoom: false,
        calls: 0,
        sentAt: undefined,
        intentsAtSent: 0,
        callers: new Set(),
      };
      this.#deliveries.set(key, known);
    }
    return known;
  }
}

/** What a record of the ledger says; undefined for one that is no delivery. Only our roles write there: it is not checked. */
function deliveryOf({ key, value }: LogRecord): Delivery | undefined {
  if (value === null || isRecipientKey(key) || !key.includes("|")) return undefined;
  return JSON.parse(textOf(value)) as Delivery;
}

export function textOf(value: Uint8Array | null): string {
  return new TextDecoder().decode(value ?? undefined);
}
