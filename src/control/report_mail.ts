import { newNotice } from "../alerts/notice.ts";
import { noticeRecord } from "../books/consents.ts";
import { reportText } from "../books/day_report/report_text.ts";
import { messageOf } from "../core/errors.ts";
import { dateOfDay, seoulDay, startOfSeoulDay } from "../market/seoul_time.ts";
import type { Locale } from "../rules/rule.ts";
import { DEFAULT_TENANT } from "../rules/tenancy.ts";
import { logger } from "../telemetry/log.ts";
import type { Services } from "./routes/services.ts";

/** Who gets the day's report by mail. */
export interface ReportMailOptions {
  readonly to: string;
  /** From midnight in Seoul, ms. */
  readonly atMs: number;
  readonly locale: Locale;
}

const logging = logger("control");
const EVERY_MS = 30_000;
/** A report that could not be sent for so long is of the day before, ms. */
const USEFUL_MS = 12 * 3_600_000;

/** Has the day's report sent once a trading day, as a notice. */
export class ReportMail {
  readonly #options: ReportMailOptions;
  readonly #services: Pick<Services, "deps" | "topics" | "deliveries" | "reports">;
  /** The newest day that is done. */
  #done = -Infinity;

  constructor(
    options: ReportMailOptions,
    services: Pick<Services, "deps" | "topics" | "deliveries" | "reports">,
  ) {
    this.#options = options;
    this.#services = services;
  }

  /** Waits for each day's time until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#services.deps;
    while (!signal.aborted) {
      try {
        await this.#send(clock.now());
      } catch (thrown) {
        logging.warn("The day's report cannot be sent, trying again: {error}", { error: messageOf(thrown) });
      }
      await clock.sleep(EVERY_MS, signal);
    }
  }

  async #send(now: number): Promise<void> {
    const { to, atMs, locale } = this.#options;
    const { topics, deliveries, reports } = this.#services;
    const day = seoulDay(now);
    if (day <= this.#done || now < startOfSeoulDay(day) + atMs) return;
    const report = await reports.of(day);
    const given = { tenant: DEFAULT_TENANT, recipient: to, name: dateOfDay(day), at: now };
    const notice = newNotice({
      kind: "report",
      locale,
      until: now + USEFUL_MS,
      said: reportText(report, locale),
    }, given);
    const isSent = deliveries.of(notice.id).some(({ recipient }) => recipient === to);
    if (!isSent && (report.isTradingDay || report.trades.trades > 0)) {
      await topics.write([noticeRecord(notice)]);
    }
    this.#done = day;
  }
}
