import { type ClientOptions, ControlClient } from "../../control/client/client.ts";
import { itemsOf, type ListAnswer } from "../../control/client/items_of.ts";
import { unlessRefused } from "../../control/client/refusal.ts";
import type {
  ApiAccount,
  ApiAuditEntry,
  ApiBacktest,
  ApiCandle,
  ApiChatCode,
  ApiConsent,
  ApiConsentInput,
  ApiDeadLetterDetail,
  ApiExplanation,
  ApiImportLine,
  ApiKey,
  ApiKeyInput,
  ApiLineInput,
  ApiLogGap,
  ApiMail,
  ApiMe,
  ApiNewKey,
  ApiNewWebhook,
  ApiOffers,
  ApiReadLine,
  ApiRecipient,
  ApiRecipientInput,
  ApiRuleInput,
  ApiSilence,
  ApiSilenceInput,
  ApiTemplate,
  ApiTemplateInput,
  ApiTenant,
  ApiWebhook,
} from "../../control/client/types.ts";
import type { Locale } from "../../rules/rule.ts";
import type { Quote } from "../../market/quote.ts";
import type { Trade } from "../../market/trade.ts";
import { type ChartInterval, intervalLength, partsOf } from "../../market/chart_interval.ts";
import { madeAgain } from "../state/rule_desk.ts";
import type { Listed } from "../state/market.ts";
import {
  readAlert,
  readDeadLetter,
  readDelivery,
  readMail,
  readRule,
  readStatus,
  readTrial,
} from "./read.ts";
import type {
  RuleBody,
  RuleEdit,
  SavedRule,
  ShownAlert,
  ShownDeadLetter,
  ShownDelivery,
  ShownMail,
  ShownRule,
  ShownStatus,
  ShownTrial,
  TriedRule,
} from "./types.ts";

const DAY_MS = 86_400_000;

/**
 * The control API as the page needs it: asked with the key that the browser keeps in a cookie no script can read, what
 * is not there or not for this key as undefined.
 *
 * @throws What {@link ControlClient} throws.
 */
export class ApiClient {
  readonly #api: ControlClient;
  readonly #locked: () => void;

  /** @param options.locked Called when the API does not know who is asking. */
  constructor(options: Pick<ClientOptions, "url" | "fetch"> & { readonly locked: () => void }) {
    const { locked, ...client } = options;
    this.#locked = locked;
    this.#api = new ControlClient({
      ...client,
      refused: ({ status }) => {
        if (status === 401) locked();
      },
    });
  }

  /** Exchanges the key for the cookie; false when the key is wrong. */
  async open(key: string): Promise<boolean> {
    return await unlessRefused([400, 401, 403], async () => {
      await this.#api.openSession(key);
      return true;
    }) ?? false;
  }

  /** Has the browser forget the key. */
  async forget(): Promise<void> {
    await this.#api.closeSession();
    this.#locked();
  }

  offers(): Promise<ApiOffers> {
    return this.#api.offers();
  }

  /** Has a link mailed that signs in. */
  askSignIn(address: string, locale: Locale): Promise<void> {
    return this.#api.askSignIn(address, locale);
  }

  me(): Promise<ApiMe> {
    return this.#api.me();
  }

  /** The account of who has signed in by mail. */
  account(): Promise<ApiAccount> {
    return this.#api.account();
  }

  changeChannel(channel: { readonly recipient: string; readonly on: boolean }): Promise<ApiAccount> {
    return this.#api.changeChannel(channel);
  }

  testChannel(recipient: string): Promise<void> {
    return this.#api.testChannel(recipient);
  }

  linkChat(): Promise<ApiChatCode> {
    return this.#api.linkChat();
  }

  /** Every listed symbol, in the order of the listing. */
  async symbols(): Promise<readonly Listed[]> {
    return (await itemsOf(Infinity, (page) => this.#api.symbols(page))).items;
  }

  async lastTrades(): Promise<readonly Trade[]> {
    return (await this.#api.lastTrades()).data;
  }

  /** The newest candles of before a time, epoch ms, ascending. */
  async candlesBefore(
    symbol: string,
    { interval, limit, to }: {
      readonly interval: ChartInterval;
      readonly limit: number;
      readonly to: number;
    },
  ): Promise<readonly ApiCandle[]> {
    // Nights and days off are in between: far more time than candles.
    const spanMs = limit * intervalLength(interval);
    const from = Math.max(0, to - (partsOf(interval).of === "1d" ? 2 * spanMs : 4 * spanMs + 14 * DAY_MS));
    return (await this.#api.candles(symbol, { interval, limit, from, to })).data;
  }

  /** The newest trades of a symbol, since a time (epoch ms) where one is given; ascending by time. */
  async trades(
    symbol: string,
    query: { readonly from?: number; readonly to?: number; readonly limit: number },
  ): Promise<readonly Trade[]> {
    return (await this.#api.trades(symbol, query)).data;
  }

  /** The newest order book; undefined while there is none. */
  async quote(symbol: string): Promise<Quote | undefined> {
    return await unlessAbsent(() => this.#api.quote(symbol));
  }

  /** The newest rules, up to `limit`. */
  async rules(limit: number): Promise<ListAnswer<ShownRule>> {
    const { items, more } = await itemsOf(limit, (page) => this.#api.rules(page));
    return { items: items.map(readRule), more };
  }

  /** One rule as it stands. */
  async rule(id: string): Promise<ShownRule> {
    return readRule(await this.#api.rule(id));
  }

  async addRule(body: RuleBody): Promise<SavedRule> {
    return readRule(await this.#api.createRule(body));
  }

  /**
   * Changes the fields that are given (a JSON merge patch).
   *
   * @param version The one that the change was made from: another one that stands meanwhile is refused with 412.
   */
  async changeRule(id: string, change: RuleEdit, version?: number): Promise<SavedRule> {
    return readRule(await this.#api.changeRule(id, change, version));
  }

  /** How often a rule would have fired on the recorded trades of the last session. */
  async tryRule(rule: TriedRule): Promise<ShownTrial> {
    return readTrial(await this.#api.testRule(rule));
  }

  /** What rule a line as people say it would make; nothing is stored. */
  readLine(input: ApiLineInput): Promise<ApiReadLine> {
    return this.#api.readLine(input);
  }

  async setEnabled(id: string, enabled: boolean): Promise<void> {
    await (enabled ? this.#api.resumeRule(id) : this.#api.pauseRule(id));
  }

  /** Makes a rule again as it was, under its own id. */
  async makeAgain(rule: ShownRule): Promise<void> {
    await this.#api.createRule(madeAgain(rule) as ApiRuleInput);
  }

  /** Why a rule has or has not fired. */
  explain(id: string): Promise<ApiExplanation> {
    return this.#api.explainRule(id);
  }

  /** Begins to run a rule over past days; `from` is the first, YYYY-MM-DD. */
  startBacktest(id: string, from: string): Promise<ApiBacktest> {
    return this.#api.startBacktest({ ruleIds: [id], from });
  }

  backtest(id: string): Promise<ApiBacktest> {
    return this.#api.backtest(id);
  }

  /** What becomes of every line of a file; with `dryRun` what would. */
  async importRules(
    content: Uint8Array<ArrayBuffer>,
    options: { readonly format: "csv" | "ndjson"; readonly dryRun: boolean },
  ): Promise<readonly ApiImportLine[]> {
    const lines: ApiImportLine[] = [];
    for await (const line of this.#api.importRules(content, { ...options, mode: "replace" })) {
      lines.push(line);
    }
    return lines.filter(({ line }) => line !== undefined);
  }

  async deleteRule(id: string): Promise<void> {
    await this.#api.deleteRule(id);
  }

  /** The newest alerts, up to `limit`. */
  async alerts(limit: number): Promise<readonly ShownAlert[]> {
    return (await itemsOf(limit, (page) => this.#api.alerts(page))).items.map(readAlert);
  }

  /** The newest alerts of before a time, epoch ms. */
  async alertsBefore(time: number, limit: number): Promise<readonly ShownAlert[]> {
    return (await this.#api.alerts({ to: time, limit })).data.map(readAlert);
  }

  /** What became of the newest messages since a time, epoch ms, by the alert's id; at most `limit`. */
  async deliveries(since: number, limit: number): Promise<ReadonlyMap<string, readonly ShownDelivery[]>> {
    const { data } = await this.#api.deliveries({ since: new Date(since).toISOString(), limit });
    const byAlert = Map.groupBy(data, ({ alertId }) => alertId);
    return new Map([...byAlert].map(([id, deliveries]) => [id, deliveries.map(readDelivery)]));
  }

  /** One alert with what became of it. */
  async alert(id: string): Promise<ShownAlert> {
    return readAlert(await this.#api.alert(id));
  }

  /** The outbox, newest first; undefined where mail goes elsewhere, and for those who may not see it. */
  async mails(): Promise<readonly ShownMail[] | undefined> {
    return await unlessAbsent(async () => (await this.#api.mails()).data.map(readMail));
  }

  async mail(id: string): Promise<ApiMail> {
    return await this.#api.mail(id);
  }

  /** The newest of what could not be handled; undefined for those who may not see it. */
  async deadLetters(limit: number): Promise<readonly ShownDeadLetter[] | undefined> {
    return await unlessAbsent(async () => (await this.#api.deadLetters({ limit })).data.map(readDeadLetter));
  }

  /** Puts a dead letter's bytes back on the topic they came from. */
  async redrive(id: string): Promise<void> {
    await this.#api.redriveDeadLetter(id);
  }

  async silences(): Promise<readonly ApiSilence[]> {
    return (await this.#api.silences()).data;
  }

  /** Keeps messages of alerts that match from being sent, until an instant (ISO 8601). */
  async createSilence(
    given: {
      readonly field: string;
      readonly value: string;
      readonly until: string;
      readonly comment: string;
    },
  ): Promise<void> {
    const { field, value, until, comment } = given;
    const matchers = [{ field, value }] as ApiSilenceInput["matchers"];
    await this.#api.createSilence({ matchers, until, comment });
  }

  endSilence(id: string): Promise<void> {
    return this.#api.endSilence(id);
  }

  async recipients(): Promise<readonly ApiRecipient[]> {
    return (await this.#api.recipients()).data;
  }

  async changeRecipient(recipient: string, change: ApiRecipientInput): Promise<void> {
    await this.#api.changeRecipient(recipient, change);
  }

  async consents(): Promise<readonly ApiConsent[]> {
    return (await this.#api.consents()).data;
  }

  async changeConsent(recipient: string, change: ApiConsentInput): Promise<void> {
    await this.#api.changeConsent(recipient, change);
  }

  template(): Promise<ApiTemplate> {
    return this.#api.template();
  }

  changeTemplate(template: ApiTemplateInput): Promise<ApiTemplate> {
    return this.#api.changeTemplate(template);
  }

  /** Every tenant with how much it has. */
  async tenants(): Promise<readonly ApiTenant[]> {
    return (await this.#api.tenants()).data;
  }

  /** The keys of a tenant, of the asker's own without one. */
  async keys(tenant?: string): Promise<readonly ApiKey[]> {
    return (await this.#api.keys(tenant === undefined ? {} : { tenant })).data;
  }

  /** @param key.tenant Another than the asker's own, which there is from then on; "": the asker's. */
  createKey(
    key: { readonly name: string; readonly scope: string; readonly tenant: string },
  ): Promise<ApiNewKey> {
    const { name, scope, tenant } = key;
    const scopes = [scope] as ApiKeyInput["scopes"];
    return this.#api.createKey({ name, scopes, ...tenant !== "" && { tenant } });
  }

  revokeKey(id: string): Promise<void> {
    return this.#api.revokeKey(id);
  }

  async webhooks(): Promise<readonly ApiWebhook[]> {
    return (await this.#api.webhooks()).data;
  }

  /** The answer has the endpoint's secret, this once. */
  createWebhook(id: string, url: string): Promise<ApiNewWebhook> {
    return this.#api.createWebhook({ id, url });
  }

  async turnWebhook(id: string, enabled: boolean): Promise<void> {
    await this.#api.changeWebhook(id, { enabled });
  }

  async testWebhook(id: string): Promise<void> {
    await this.#api.testWebhook(id);
  }

  deleteWebhook(id: string): Promise<void> {
    return this.#api.deleteWebhook(id);
  }

  /** Sends again all that ended unsent since a time, epoch ms; how many these are. */
  async redeliverWebhook(id: string, failedSince: number): Promise<number> {
    return (await this.#api.redeliverWebhook(id, { failedSince: new Date(failedSince).toISOString() }))
      .alertIds.length;
  }

  /** The newest entries. */
  async audit(): Promise<readonly ApiAuditEntry[]> {
    return (await this.#api.audit({ limit: 50 })).data;
  }

  async logGaps(): Promise<readonly ApiLogGap[]> {
    return (await this.#api.logGaps()).data;
  }

  async acknowledgeGap(id: string): Promise<void> {
    await this.#api.acknowledgeLogGaps([id]);
  }

  /** A dead letter with its bytes. */
  deadLetter(id: string): Promise<ApiDeadLetterDetail> {
    return this.#api.deadLetter(id);
  }

  async status(): Promise<ShownStatus> {
    return readStatus(await this.#api.status());
  }
}

/** Undefined for what is not there, or not for this key. */
function unlessAbsent<T>(ask: () => Promise<T>): Promise<T | undefined> {
  return unlessRefused([403, 404], ask);
}
