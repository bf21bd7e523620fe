import { clientSettings } from "../config/client.ts";
import { commonSettings } from "../config/common.ts";
import { controlSettings } from "../config/control.ts";
import { logSettings } from "../config/log.ts";
import type { Values } from "../config/setting.ts";
import { ControlClient } from "../control/client/client.ts";
import { itemsOf } from "../control/client/items_of.ts";
import { ApiRefusal, unlessRefused } from "../control/client/refusal.ts";
import type {
  ApiDeadLetter,
  ApiDeadLetterDetail,
  ApiLogGap,
  ApiRecipient,
  ApiRecipientInput,
} from "../control/client/types.ts";
import { deadLetterDetail, deadLetterView, logGapView, recipientView } from "../control/views.ts";
import { systemClock } from "../core/clock.ts";
import { InputError, OutsideError } from "../core/errors.ts";
import { findDeadLetter, listDeadLetters, redriveDeadLetter } from "../books/dead_letters.ts";
import { LogGapBook } from "../books/log_gap_book.ts";
import type { EventLog } from "../ports/event_log.ts";
import { RecipientBook } from "../books/recipients.ts";
import { keyOf } from "./api_command.ts";
import { openLog } from "./open_log.ts";

/** What the commands at an operator's desk take. */
export const deskSettings = {
  ...logSettings,
  dataDir: commonSettings.dataDir,
  apiUrl: clientSettings.apiUrl,
  apiKey: controlSettings.apiKey,
};

/** Which dead letters are wanted: at most `limit`, the newest. */
export interface DeadLetterChoice {
  readonly role?: string;
  readonly code?: string;
  readonly limit: number;
}

/** What an operator does about what could not be handled, and about who is written to. */
export interface OperatorDesk {
  /** Newest first. */
  deadLetters(choice: DeadLetterChoice): Promise<readonly ApiDeadLetter[]>;
  deadLetter(id: number): Promise<ApiDeadLetterDetail | undefined>;
  /** Puts one back. @returns the topic. @throws {InputError} when it cannot be put back. */
  redrive(id: number): Promise<string>;
  /** The oldest first. */
  logGaps(): Promise<readonly ApiLogGap[]>;
  /** Those named, or all. @returns those that were open. @throws {InputError} for an id that there is not. */
  acknowledgeLogGaps(ids?: readonly string[]): Promise<readonly string[]>;
  recipients(): Promise<readonly ApiRecipient[]>;
  /** @throws {InputError} when the recipient or the hours are none. */
  changeRecipient(recipient: string, change: ApiRecipientInput): Promise<void>;
}

/**
 * Works on the event log itself, or, where `tickbell start` is running on the data directory, through its API.
 *
 * @throws {OutsideError} when neither can be reached.
 */
export async function atDesk(
  config: Values<typeof deskSettings>,
  work: (desk: OperatorDesk) => Promise<number>,
): Promise<number> {
  let log: EventLog;
  try {
    log = await openLog(config, { clock: systemClock, random: Math.random });
  } catch (thrown) {
    if (!(thrown instanceof OutsideError) || thrown.code !== "database_in_use") throw thrown;
    const key = config.apiKey ?? await keyOf(config.dataDir);
    const desk = new ApiDesk(new ControlClient({ url: config.apiUrl, key }));
    return await refusalsAsOurs("--api-key", undefined, () => work(desk));
  }
  try {
    return await work(new LogDesk(log));
  } finally {
    await log.close();
  }
}

class LogDesk implements OperatorDesk {
  readonly #log: EventLog;

  constructor(log: EventLog) {
    this.#log = log;
  }

  async deadLetters(choice: DeadLetterChoice): Promise<readonly ApiDeadLetter[]> {
    return (await listDeadLetters(this.#log, choice)).data.map(deadLetterView);
  }

  async deadLetter(id: number): Promise<ApiDeadLetterDetail | undefined> {
    const letter = await findDeadLetter(this.#log, id);
    return letter && deadLetterDetail(letter);
  }

  async redrive(id: number): Promise<string> {
    return (await redriveDeadLetter(this.#log, id, systemClock.now())).redrivenTo.topic;
  }

  async logGaps(): Promise<readonly ApiLogGap[]> {
    return (await this.#gaps()).all.map(logGapView);
  }

  async acknowledgeLogGaps(ids?: readonly string[]): Promise<readonly string[]> {
    const book = await this.#gaps();
    const known = new Set(book.all.map(({ id }) => id));
    const unknown = ids?.find((id) => !known.has(id));
    if (unknown !== undefined) {
      const reason = "must be the id of a gap, see gaps list";
      throw new InputError("not_found", [{ field: "id", code: "not_found", reason, value: unknown }]);
    }
    const open = book.open().filter(({ id }) => ids === undefined || ids.includes(id));
    await book.acknowledge(open);
    return open.map(({ id }) => id);
  }

  #gaps(): Promise<LogGapBook> {
    return LogGapBook.load({ log: this.#log, clock: systemClock, random: Math.random });
  }

  async recipients(): Promise<readonly ApiRecipient[]> {
    return (await RecipientBook.load(this.#log)).all().map(recipientView);
  }

  async changeRecipient(recipient: string, change: ApiRecipientInput): Promise<void> {
    const book = await RecipientBook.load(this.#log);
    await book.changeByHand(recipient, change, systemClock.now());
  }
}

class ApiDesk implements OperatorDesk {
  readonly #api: ControlClient;

  constructor(api: ControlClient) {
    this.#api = api;
  }

  async deadLetters({ limit, ...choice }: DeadLetterChoice): Promise<readonly ApiDeadLetter[]> {
    const { items } = await itemsOf(limit, (page) => this.#api.deadLetters({ ...choice, ...page }));
    return items;
  }

  async deadLetter(id: number): Promise<ApiDeadLetterDetail | undefined> {
    return await unlessRefused([404], () => this.#api.deadLetter(String(id)));
  }

  async redrive(id: number): Promise<string> {
    return (await refusalsAsOurs("id", id, () => this.#api.redriveDeadLetter(String(id)))).topic;
  }

  async logGaps(): Promise<readonly ApiLogGap[]> {
    return (await this.#api.logGaps()).data;
  }

  async acknowledgeLogGaps(ids?: readonly string[]): Promise<readonly string[]> {
    return (await refusalsAsOurs("id", ids?.join(), () => this.#api.acknowledgeLogGaps(ids))).ids;
  }

  async recipients(): Promise<readonly ApiRecipient[]> {
    return (await itemsOf(Infinity, (page) => this.#api.recipients(page))).items;
  }

  async changeRecipient(recipient: string, change: ApiRecipientInput): Promise<void> {
    await refusalsAsOurs("recipient", recipient, () => this.#api.changeRecipient(recipient, change));
  }
}

/** The API's refusals as errors of ours, as the log's own functions throw them. */
async function refusalsAsOurs<T>(field: string, value: unknown, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    if (!(thrown instanceof ApiRefusal)) throw thrown;
    const { code, issues, message: reason, status } = thrown;
    if (status >= 500) throw new OutsideError(code, reason, { retryable: true, cause: thrown });
    // Who may not do it at all is refused by the key's name, not by the item's.
    if (field !== "--api-key" && (status === 401 || status === 403)) throw thrown;
    throw new InputError(
      code,
      issues.length > 0 ? issues : [{ field, code, reason, ...(value === undefined ? {} : { value }) }],
    );
  }
}
