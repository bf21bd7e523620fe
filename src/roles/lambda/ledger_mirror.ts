import type { Clock } from "../../core/clock.ts";
import { messageOf, OutsideError } from "../../core/errors.ts";
import { decodeDelivery, type Delivery } from "../../alerts/ledger.ts";
import { isNoticeId } from "../../alerts/notice.ts";
import { encodeRecipient, recipientKey, type RecipientSettings } from "../../alerts/recipient_settings.ts";
import type { DeliveryStoreMirror } from "../../ports/delivery_store.ts";
import type { EventLog, NewRecord } from "../../ports/event_log.ts";
import { noteAsked } from "../../books/consents.ts";
import { ControlBook } from "../../books/control_book.ts";
import { RecipientBook } from "../../books/recipients.ts";
import { PendingNotices } from "../../books/pending_notices.ts";
import type { Health } from "../../telemetry/health.ts";
import { logger } from "../../telemetry/log.ts";
import { eachAtOnce } from "../../core/each_at_once.ts";

const log = logger("mirror");

export interface LedgerMirrorOptions {
  readonly log: EventLog;
  readonly store: DeliveryStoreMirror;
  readonly clock: Clock;
  readonly health?: Health;
  /** Names this process among those that could do the work. */
  readonly owner: string;
}

const TURN_MS = 1_000;
const LEASE_MS = 15_000;
const RETRY_MS = 5_000;
/** News that are copied in one append. */
const NEWS = 200;
const NOTED_AT_ONCE = 25;

/**
 * Stands between the event log and the store of a notifier that has no event log, the Lambda: copies what became of
 * alerts, and dead letters, to the log, where the API, the commands and the console find them as always; and recipients'
 * settings, silences and webhook endpoints to the store.
 *
 * Delivery: at least once. A process that dies between writing to the log and noting it leaves a dead letter twice; a
 * delivery's record is the same key's. Any number of processes may run it: the store's lease has one of them work.
 */
export class LedgerMirror {
  readonly #options: LedgerMirrorOptions;
  /** Settings as the store has them, by their key; undefined until it was asked. */
  #recipients: Map<string, RecipientSettings> | undefined;
  /** What control's records come to, as the store has it, by kind. */
  readonly #copied = new Map<string, string>();

  constructor(options: LedgerMirrorOptions) {
    this.#options = options;
  }

  /** Copies until the signal is aborted. An outside system that is away is waited for. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const stop = new AbortController();
      try {
        await this.#work(AbortSignal.any([signal, stop.signal]));
      } catch (error) {
        if (!(error instanceof OutsideError)) throw error;
        const detail = `the Lambda's ledger is not copied, trying again: ${messageOf(error)}`;
        this.#options.health?.set("mirror", { state: "degraded", detail });
        log.warn("the Lambda's ledger is not copied, trying again: {error}", { error: messageOf(error) });
        await clock.sleep(RETRY_MS, signal);
      } finally {
        stop.abort();
      }
    }
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { log: eventLog, store, clock, owner } = this.#options;
    const notices = new PendingNotices();
    const book = await RecipientBook.load(eventLog, [notices]);
    const control = await ControlBook.load(eventLog);
    const followed = { clock, random: Math.random, signal };
    void book.follow(followed);
    void control.follow(followed);
    while (!signal.aborted) {
      const failure = book.failure ?? control.failure;
      if (failure !== undefined) throw new OutsideError("log_unreadable", failure, { retryable: true });
      if (await store.lease(owner, clock.now(), clock.now() + LEASE_MS)) {
        while (await this.#copy(book) === NEWS && !signal.aborted);
        await this.#copyRecipients(book);
        await eventLog.append(book.takeOverwritten(clock.now()));
        for (const notice of notices.take()) await store.begin(notice);
        await this.#copyControl(control);
        this.#ready("copies the Lambda's ledger");
      } else {
        this.#recipients = undefined;
        this.#copied.clear();
        this.#ready("another process copies the Lambda's ledger");
      }
      await clock.sleep(TURN_MS, signal);
    }
  }

  #ready(detail: string): void {
    this.#options.health?.set("mirror", { state: "ready", detail });
  }

  async #copy(book: RecipientBook): Promise<number> {
    const { log: eventLog, store, clock } = this.#options;
    const news = await store.news(NEWS);
    if (news.length === 0) return 0;
    await eventLog.append(news.map(({ record }) => record));
    await noteAsked(book, news.flatMap(({ record }) => noticeOf(record)), clock.now());
    await eachAtOnce(news, NOTED_AT_ONCE, (one) => store.copied(one));
    return news.length;
  }

  async #copyRecipients(book: RecipientBook): Promise<void> {
    const { store } = this.#options;
    this.#recipients ??= new Map(
      (await store.recipients()).map((settings) => [keyOf(settings), settings]),
    );
    const gone = new Set(this.#recipients.keys());
    for (const settings of book.every()) {
      const key = keyOf(settings);
      gone.delete(key);
      const copied = this.#recipients.get(key);
      // Most are the very ones that were copied; what the store had before is compared by what it says.
      if (copied === settings) continue;
      if (copied !== undefined && encodeRecipient(copied) === encodeRecipient(settings)) {
        this.#recipients.set(key, settings);
        continue;
      }
      await store.putRecipient(settings);
      this.#recipients.set(key, settings);
    }
    for (const key of gone) {
      const { recipient, tenant } = this.#recipients.get(key)!;
      await store.removeRecipient(recipient, tenant);
      this.#recipients.delete(key);
    }
  }

  async #copyControl({ silences, webhooks, templates }: ControlBook): Promise<void> {
    const { store, clock } = this.#options;
    const now = clock.now();
    const current = silences.all().filter(({ until }) => until > now);
    await this.#copyChanged("silences", current, (all) => store.putSilences(all));
    await this.#copyChanged("webhooks", webhooks.all(), (all) => store.putWebhooks(all));
    await this.#copyChanged("templates", templates.all(), (all) => store.putTemplates(all));
  }

  async #copyChanged<T>(kind: string, all: T, put: (all: T) => Promise<void>): Promise<void> {
    const text = JSON.stringify(all);
    if (text === this.#copied.get(kind)) return;
    await put(all);
    this.#copied.set(kind, text);
  }
}

/** The notice that a record is of; none of any other. */
function noticeOf({ key, value }: NewRecord): readonly Delivery[] {
  if (!isNoticeId(key) || value === null) return [];
  return [decodeDelivery(typeof value === "string" ? new TextEncoder().encode(value) : value)];
}

function keyOf({ recipient, tenant }: RecipientSettings): string {
  return recipientKey(recipient, tenant);
}
