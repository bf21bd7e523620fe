import { decodeDelivery, type Delivery } from "../alerts/ledger.ts";
import { isNoticeId } from "../alerts/notice.ts";
import { RECIPIENTS_PLACEMENT } from "../alerts/recipient_settings.ts";
import type { EventLog, LogRecord } from "../ports/event_log.ts";
import { type FollowOptions, Projection, type ProjectionReader } from "./projection.ts";

/** What a record says of a notice: it is to be sent, or somebody has taken it up. */
interface NoticeNews {
  readonly key: string;
  readonly pending: Delivery | undefined;
}

/** The notices that nobody has taken up yet, for whoever hands them to a notifier that has no event log. */
export class PendingNotices implements ProjectionReader<NoticeNews> {
  readonly #projection: Projection;
  readonly #pending = new Map<string, Delivery>();

  constructor(log: EventLog) {
    this.#projection = new Projection({
      log,
      topic: "deliveries",
      placement: RECIPIENTS_PLACEMENT,
      readers: [this],
    });
  }

  /** Reads what is there, and takes up what comes, until the signal is aborted. */
  async follow(options: FollowOptions): Promise<void> {
    await this.#projection.follow(options);
  }

  /** Why nothing is read just now; undefined while all goes well. */
  get failure(): string | undefined {
    return this.#projection.failure;
  }

  /** Those that have come since they were last taken. */
  take(): readonly Delivery[] {
    const taken = [...this.#pending.values()];
    this.#pending.clear();
    return taken;
  }

  /** @throws {InputError} for what is no delivery. */
  decode({ key, value }: LogRecord): NoticeNews | undefined {
    if (!isNoticeId(key)) return undefined;
    const delivery = value === null ? undefined : decodeDelivery(value);
    return { key, pending: delivery?.state === "pending" ? delivery : undefined };
  }

  apply({ key, pending }: NoticeNews): void {
    if (pending === undefined) this.#pending.delete(key);
    else this.#pending.set(key, pending);
  }
}
