import { backoffMs } from "../../core/backoff.ts";
import type { Quote } from "../../market/quote.ts";
import type { Trade } from "../../market/trade.ts";
import type { ChartInterval } from "../../market/chart_interval.ts";
import { eventsOf, linesOf, pause } from "./read_stream.ts";
import { ApiRefusal } from "./refusal.ts";
import { ApiRequests } from "./requests.ts";
export type { ClientOptions } from "./requests.ts";
import type {
  ApiAccount,
  ApiAlert,
  ApiAlertDetail,
  ApiAuditEntry,
  ApiBacktest,
  ApiBacktestInput,
  ApiBacktestReport,
  ApiBackup,
  ApiCandle,
  ApiChatCode,
  ApiConsent,
  ApiConsentInput,
  ApiDayReport,
  ApiDeadLetter,
  ApiDeadLetterDetail,
  ApiExplanation,
  ApiImportLine,
  ApiKey,
  ApiKeyInput,
  ApiLineInput,
  ApiListedDelivery,
  ApiLogGap,
  ApiMail,
  ApiMailSummary,
  ApiMe,
  ApiNewKey,
  ApiNewWebhook,
  ApiOffers,
  ApiPage,
  ApiQuery,
  ApiReadLine,
  ApiRecipient,
  ApiRecipientInput,
  ApiRedriven,
  ApiRule,
  ApiRuleInput,
  ApiRulePatch,
  ApiSilence,
  ApiSilenceInput,
  ApiStatus,
  ApiSymbol,
  ApiTemplate,
  ApiTemplateInput,
  ApiTenant,
  ApiTrial,
  ApiWebhook,
  ApiWebhookDetail,
  ApiWebhookInput,
  ApiWebhookPatch,
} from "./types.ts";

/**
 * The control API, typed by its own schemas; trades, quotes and candles by what the market's topics carry, which is what
 * the API answers. Used by the commands of the terminal and by the console.
 *
 * @throws {ApiRefusal} from every method, when the API refused; {OutsideError} `api_unreachable` when it did not answer.
 *
 * @example
 * ```ts ignore
 * const api = new ControlClient({ url: "http://127.0.0.1:8000", key });
 * const rule = await api.createRule({ symbol: "005930", kind: "목표가", condition: "53200|미만", recipients: ["a@example.com"] });
 * ```
 */
export class ControlClient extends ApiRequests {
  createRule(rule: ApiRuleInput, idempotencyKey?: string): Promise<ApiRule> {
    const headers: Record<string, string> = idempotencyKey === undefined
      ? {}
      : { "idempotency-key": idempotencyKey };
    return this.json("/v1/rules", { method: "POST", body: rule, headers });
  }

  rules(query: ApiQuery = {}): Promise<ApiPage<ApiRule>> {
    return this.json("/v1/rules", { query });
  }

  rule(id: string): Promise<ApiRule> {
    return this.json(`/v1/rules/${encodeURIComponent(id)}`);
  }

  changeRule(id: string, patch: ApiRulePatch, ifVersion?: number): Promise<ApiRule> {
    const headers: Record<string, string> = ifVersion === undefined ? {} : { "if-match": `"${ifVersion}"` };
    return this.json(`/v1/rules/${encodeURIComponent(id)}`, {
      method: "PATCH",
      body: patch,
      headers,
    });
  }

  async deleteRule(id: string): Promise<void> {
    await this.ask(`/v1/rules/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  /** Keeps a rule from firing until it is resumed. */
  pauseRule(id: string): Promise<ApiRule> {
    return this.json(`/v1/rules/${encodeURIComponent(id)}/pause`, { method: "POST" });
  }

  resumeRule(id: string): Promise<ApiRule> {
    return this.json(`/v1/rules/${encodeURIComponent(id)}/resume`, { method: "POST" });
  }

  testRule(rule: ApiRuleInput, span: { from?: string; to?: string } = {}): Promise<ApiTrial> {
    return this.json("/v1/rules:test", { method: "POST", body: rule, query: span });
  }

  /** What rule a line as people say it would make. */
  readLine(input: ApiLineInput): Promise<ApiReadLine> {
    return this.json("/v1/rules:read", { method: "POST", body: input });
  }

  /** Begins a backtest over stored prices; it is asked for until its state says that it has ended. */
  startBacktest(input: ApiBacktestInput): Promise<ApiBacktest> {
    return this.json("/v1/backtests", { method: "POST", body: input });
  }

  backtests(query: ApiQuery = {}): Promise<ApiPage<ApiBacktest>> {
    return this.json("/v1/backtests", { query });
  }

  backtest(id: string): Promise<ApiBacktest> {
    return this.json(`/v1/backtests/${encodeURIComponent(id)}`);
  }

  backtestReport(id: string): Promise<ApiBacktestReport> {
    return this.json(`/v1/backtests/${encodeURIComponent(id)}/report`);
  }

  /** Ends one that waits or runs, forgets one that has ended. */
  async deleteBacktest(id: string): Promise<void> {
    await this.ask(`/v1/backtests/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  explainRule(id: string): Promise<ApiExplanation> {
    return this.json(`/v1/rules/${encodeURIComponent(id)}/explain`);
  }

  /** Imports rules, one a line; the results come while they are carried out. */
  async *importRules(
    content: Uint8Array<ArrayBuffer>,
    options: {
      format: "ndjson" | "csv";
      mode: string;
      atomic?: boolean;
      /** What would become of every line is answered, and nothing is done. */
      dryRun?: boolean;
      idempotencyKey?: string;
      signal?: AbortSignal;
    },
  ): AsyncIterable<ApiImportLine> {
    const { format, mode, atomic = false, dryRun = false, idempotencyKey, signal } = options;
    const response = await this.ask("/v1/rules:bulk", {
      method: "POST",
      query: { mode, atomic: String(atomic), dryRun: String(dryRun) },
      body: content,
      headers: {
        "content-type": format === "csv" ? "text/csv" : "application/x-ndjson",
        ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
      },
      ...(signal === undefined ? {} : { signal }),
    });
    for await (const line of linesOf(response)) yield JSON.parse(line);
  }

  /** The rules as an import takes them, in pieces of text. */
  async *exportRules(query: ApiQuery): AsyncIterable<string> {
    const response = await this.ask("/v1/rules:export", { query });
    if (response.body !== null) yield* response.body.pipeThrough(new TextDecoderStream());
  }

  alerts(query: ApiQuery = {}): Promise<ApiPage<ApiAlert>> {
    return this.json("/v1/alerts", { query });
  }

  /** What has become of messages, over all alerts; what changed last first. */
  deliveries(query: ApiQuery = {}): Promise<ApiPage<ApiListedDelivery>> {
    return this.json("/v1/deliveries", { query });
  }

  alert(id: string): Promise<ApiAlertDetail> {
    return this.json(`/v1/alerts/${encodeURIComponent(id)}`);
  }

  /** Alerts as they fire, until the signal is aborted; a lost connection is resumed where it was. */
  async *tailAlerts(signal: AbortSignal): AsyncIterable<ApiAlert> {
    let lastId: string | undefined;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const headers: Record<string, string> = lastId === undefined ? {} : { "last-event-id": lastId };
        const response = await this.ask("/v1/alerts/stream", { headers, signal });
        for await (const event of eventsOf(response)) {
          attempt = 0;
          lastId = event.id ?? lastId;
          if (event.event !== "alert") continue;
          yield JSON.parse(event.data);
        }
      } catch (thrown) {
        if (signal.aborted) return;
        if (thrown instanceof ApiRefusal && thrown.status < 500) throw thrown;
      }
      await pause(backoffMs(attempt, { baseMs: 250, capMs: 10_000, floorMs: 100 }, Math.random), signal);
    }
  }

  createKey(key: ApiKeyInput): Promise<ApiNewKey> {
    return this.json("/v1/keys", { method: "POST", body: key });
  }

  keys(query: ApiQuery = {}): Promise<ApiPage<ApiKey>> {
    return this.json("/v1/keys", { query });
  }

  /** Every tenant with how much it has: for operators. */
  tenants(): Promise<ApiPage<ApiTenant>> {
    return this.json("/v1/tenants");
  }

  rotateKey(id: string, overlapSeconds?: number): Promise<ApiNewKey> {
    const body = overlapSeconds === undefined ? {} : { overlapSeconds };
    return this.json(`/v1/keys/${encodeURIComponent(id)}/rotate`, { method: "POST", body });
  }

  async revokeKey(id: string): Promise<void> {
    await this.ask(`/v1/keys/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  webhooks(query: ApiQuery = {}): Promise<ApiPage<ApiWebhook>> {
    return this.json("/v1/webhooks", { query });
  }

  /** An endpoint, with what became of its newest messages. */
  webhook(id: string): Promise<ApiWebhookDetail> {
    return this.json(webhookPath(id));
  }

  createWebhook(endpoint: ApiWebhookInput): Promise<ApiNewWebhook> {
    return this.json("/v1/webhooks", { method: "POST", body: endpoint });
  }

  changeWebhook(id: string, patch: ApiWebhookPatch): Promise<ApiWebhook> {
    return this.json(webhookPath(id), { method: "PATCH", body: patch });
  }

  /** A new secret; the old one signs as well for `overlapSeconds`. */
  rotateWebhook(id: string, overlapSeconds?: number): Promise<ApiNewWebhook> {
    const body = overlapSeconds === undefined ? {} : { overlapSeconds };
    return this.json(`${webhookPath(id)}/rotate`, { method: "POST", body });
  }

  /**
   * Sends a test message.
   *
   * @returns what it is called among the results.
   */
  testWebhook(id: string): Promise<{ readonly alertId: string }> {
    return this.json(`${webhookPath(id)}/test`, { method: "POST" });
  }

  redeliverWebhook(
    id: string,
    which: { readonly alertId: string } | { readonly failedSince: string },
  ): Promise<{ readonly alertIds: readonly string[] }> {
    return this.json(`${webhookPath(id)}/redeliver`, { method: "POST", body: which });
  }

  async deleteWebhook(id: string): Promise<void> {
    await this.ask(webhookPath(id), { method: "DELETE" });
  }

  symbols(query: ApiQuery = {}): Promise<ApiPage<ApiSymbol>> {
    return this.json("/v1/symbols", { query });
  }

  /** The last trade of each symbol. */
  lastTrades(): Promise<ApiPage<Trade>> {
    return this.json("/v1/market/last");
  }

  /** The newest trades of a symbol, ascending by time. */
  trades(symbol: string, query: ApiQuery = {}): Promise<ApiPage<Trade>> {
    return this.json(`/v1/market/${encodeURIComponent(symbol)}/trades`, { query });
  }

  /** Candles of an interval, the newest, ascending by time. */
  candles(
    symbol: string,
    query: ApiQuery & { interval?: ChartInterval } = {},
  ): Promise<ApiPage<ApiCandle>> {
    return this.json(`/v1/market/${encodeURIComponent(symbol)}/candles`, { query });
  }

  /** The newest order book of a symbol. */
  quote(symbol: string): Promise<Quote> {
    return this.json(`/v1/market/${encodeURIComponent(symbol)}/quote`);
  }

  /** The embedded outbox, the newest first. */
  mails(query: ApiQuery = {}): Promise<ApiPage<ApiMailSummary>> {
    return this.json("/v1/mails", { query });
  }

  mail(id: string): Promise<ApiMail> {
    return this.json(`/v1/mails/${encodeURIComponent(id)}`);
  }

  /** What could not be handled, the newest first. */
  deadLetters(query: ApiQuery = {}): Promise<ApiPage<ApiDeadLetter>> {
    return this.json("/v1/deadletters", { query });
  }

  deadLetter(id: string): Promise<ApiDeadLetterDetail> {
    return this.json(`/v1/deadletters/${encodeURIComponent(id)}`);
  }

  /**
   * Puts a dead letter's bytes back on the topic they came from.
   *
   * @returns where they are now.
   */
  redriveDeadLetter(id: string): Promise<ApiRedriven> {
    return this.json(`/v1/deadletters/${encodeURIComponent(id)}/redrive`, { method: "POST" });
  }

  /** What roles missed in the event log, the oldest first. */
  logGaps(): Promise<ApiPage<ApiLogGap>> {
    return this.json("/v1/log-gaps");
  }

  /**
   * Says that gaps are known, all that are open without `ids`.
   *
   * @returns those that were open.
   */
  acknowledgeLogGaps(ids?: readonly string[]): Promise<{ readonly ids: readonly string[] }> {
    const body = ids === undefined ? {} : { ids };
    return this.json("/v1/log-gaps:acknowledge", { method: "POST", body });
  }

  silences(query: ApiQuery = {}): Promise<ApiPage<ApiSilence>> {
    return this.json("/v1/silences", { query });
  }

  createSilence(silence: ApiSilenceInput): Promise<ApiSilence> {
    return this.json("/v1/silences", { method: "POST", body: silence });
  }

  async endSilence(id: string): Promise<void> {
    await this.ask(`/v1/silences/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  /** Who changed what, the newest first. */
  audit(query: ApiQuery = {}): Promise<ApiPage<ApiAuditEntry>> {
    return this.json("/v1/audit", { query });
  }

  recipients(query: ApiQuery = {}): Promise<ApiPage<ApiRecipient>> {
    return this.json("/v1/suppressions", { query });
  }

  changeRecipient(recipient: string, change: ApiRecipientInput): Promise<ApiRecipient> {
    return this.json(`/v1/suppressions/${encodeURIComponent(recipient)}`, {
      method: "PUT",
      body: change,
    });
  }

  consents(query: ApiQuery = {}): Promise<ApiPage<ApiConsent>> {
    return this.json("/v1/consents", { query });
  }

  /** Asks an address again, or vouches for it as an operator. */
  changeConsent(recipient: string, change: ApiConsentInput): Promise<ApiConsent> {
    return this.json(`/v1/consents/${encodeURIComponent(recipient)}`, { method: "PUT", body: change });
  }

  /** The tenant's own words for its messages. */
  template(): Promise<ApiTemplate> {
    return this.json("/v1/template", {});
  }

  changeTemplate(template: ApiTemplateInput): Promise<ApiTemplate> {
    return this.json("/v1/template", { method: "PUT", body: template });
  }

  /** Forgets a person: in rules, settings and the audit. */
  erasePerson(recipient: string): Promise<{ readonly rules: number; readonly pseudonyms: number }> {
    return this.json(`/v1/people/${encodeURIComponent(recipient)}`, { method: "DELETE" });
  }

  /**
   * Whether anything was missed on a day.
   *
   * @param day `today` or a date.
   */
  dayReport(day: string): Promise<ApiDayReport> {
    return this.json(`/v1/reports/${encodeURIComponent(day)}`);
  }

  /** Copies the data directory's log and prices, where the log is a file. */
  makeBackup(): Promise<ApiBackup> {
    return this.json("/v1/backups", { method: "POST" });
  }

  status(): Promise<ApiStatus> {
    return this.json("/v1/status");
  }

  /** What this installation offers to whoever opens its page. */
  offers(): Promise<ApiOffers> {
    return this.json("/v1/offers");
  }

  /** Has a link mailed that signs in. */
  async askSignIn(address: string, locale: "ko" | "en"): Promise<void> {
    await this.ask("/v1/sign-in", { method: "POST", body: { address, locale } });
  }

  /** Who is asking. */
  me(): Promise<ApiMe> {
    return this.json("/v1/me");
  }

  /** The account of who has signed in by mail. */
  account(): Promise<ApiAccount> {
    return this.json("/v1/account");
  }

  /** Adds a browser, or says whether new rules write to a channel. */
  changeChannel(channel: { readonly recipient: string; readonly on: boolean }): Promise<ApiAccount> {
    return this.json("/v1/account/channels", { method: "PUT", body: channel });
  }

  async testChannel(recipient: string): Promise<void> {
    await this.ask("/v1/account/channels:test", { method: "POST", body: { recipient } });
  }

  /** A code, and the address that opens the bot's chat with it. */
  linkChat(): Promise<ApiChatCode> {
    return this.json("/v1/account/telegram", { method: "POST" });
  }

  /** Exchanges a key for a cookie that no script can read: for a page of the API's own. */
  async openSession(key: string): Promise<void> {
    await this.ask("/v1/session", { method: "POST", body: { key } });
  }

  /** Has the browser forget the key. */
  async closeSession(): Promise<void> {
    await this.ask("/v1/session", { method: "DELETE" });
  }
}

function webhookPath(id: string): string {
  return `/v1/webhooks/${encodeURIComponent(id)}`;
}
