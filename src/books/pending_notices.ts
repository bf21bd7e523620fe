import { decodeDelivery, type Delivery } from "../alerts/ledger.ts";
import { isNoticeId } from "../alerts/notice.ts";
import type { LogRecord } from "../ports/event_log.ts";
import type { ProjectionReader } from "./projection.ts";

/** What a record says of a notice: it is to be sent, or somebody has taken it up. */
interface NoticeNews {
  readonly key: string;
  readonly pending: Delivery | undefined;
}

/**
 * The notices that nobody has taken up yet, for whoever hands them to a notifier that has no event log: a reader of the
 * recipients' partition.
 */
export class PendingNotices implements ProjectionReader<NoticeNews> {
  readonly #pending = new Map<string, Delivery>();

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
