/**
 * What the API takes and answers, from its own schemas: types only, so a page that uses the client loads no schema.
 *
 * @module
 */

import type { ConsentInput, ConsentView } from "../schemas/consent.ts";
import type { TemplateInput, TemplateView } from "../schemas/template.ts";
import type { DayReportView } from "../schemas/report.ts";
import type { z } from "@hono/zod-openapi";
import type { InputIssue } from "../../core/errors.ts";
import type { AlertDetail, AlertView, DeliveryView } from "../schemas/alert.ts";
import type { ListedDelivery } from "../schemas/delivery.ts";
import type { BacktestInput, BacktestReportView, BacktestView } from "../schemas/backtest.ts";
import type { AccountView, ChatCodeView, OffersView } from "../schemas/person.ts";
import type { AuditPage, KeyInput, KeyView, MeView, NewKey } from "../schemas/key.ts";
import type { CandleView, SymbolView } from "../schemas/market.ts";
import type {
  BackupView,
  DeadLetterDetail,
  DeadLetterView,
  LogGapView,
  RedriveView,
  SilenceInput,
  SilenceView,
  SuppressionInput,
  SuppressionView,
} from "../schemas/operations.ts";
import type { LineInput, ReadLineView } from "../schemas/read_line.ts";
import type { RuleInput, RulePatch, RuleView } from "../schemas/rule.ts";
import type { MailSummaryView, MailView, StatusView } from "../schemas/system.ts";
import type { TenantView } from "../schemas/tenant.ts";
import type { ExplanationView, TrialView } from "../schemas/trial.ts";
import type {
  NewWebhook,
  WebhookDetail,
  WebhookInput,
  WebhookPatch,
  WebhookView,
} from "../schemas/webhook.ts";

export type ApiRule = z.output<typeof RuleView>;
export type ApiRuleInput = z.input<typeof RuleInput>;
export type ApiRulePatch = z.input<typeof RulePatch>;
export type ApiBacktest = z.output<typeof BacktestView>;
export type ApiBacktestInput = z.input<typeof BacktestInput>;
export type ApiBacktestReport = z.output<typeof BacktestReportView>;
export type ApiCandle = z.output<typeof CandleView>;
export type ApiAlert = z.output<typeof AlertView>;
export type ApiAlertDetail = z.output<typeof AlertDetail>;
export type ApiDelivery = z.output<typeof DeliveryView>;
export type ApiListedDelivery = z.output<typeof ListedDelivery>;
export type ApiTenant = z.output<typeof TenantView>;
export type ApiKey = z.output<typeof KeyView>;
export type ApiKeyInput = z.input<typeof KeyInput>;
export type ApiNewKey = z.output<typeof NewKey>;
export type ApiWebhook = z.output<typeof WebhookView>;
export type ApiWebhookDetail = z.output<typeof WebhookDetail>;
export type ApiWebhookInput = z.input<typeof WebhookInput>;
export type ApiWebhookPatch = z.input<typeof WebhookPatch>;
export type ApiNewWebhook = z.output<typeof NewWebhook>;
export type ApiOffers = z.output<typeof OffersView>;
export type ApiMe = z.output<typeof MeView>;
export type ApiAccount = z.output<typeof AccountView>;
export type ApiChatCode = z.output<typeof ChatCodeView>;
export type ApiTrial = z.output<typeof TrialView>;
export type ApiExplanation = z.output<typeof ExplanationView>;
export type ApiLineInput = z.input<typeof LineInput>;
export type ApiReadLine = z.output<typeof ReadLineView>;
export type ApiSymbol = z.output<typeof SymbolView>;
export type ApiMailSummary = z.output<typeof MailSummaryView>;
export type ApiMail = z.output<typeof MailView>;
export type ApiDeadLetter = z.output<typeof DeadLetterView>;
export type ApiDeadLetterDetail = z.output<typeof DeadLetterDetail>;
export type ApiRecipient = z.output<typeof SuppressionView>;
export type ApiRecipientInput = z.input<typeof SuppressionInput>;
export type ApiConsent = z.output<typeof ConsentView>;
export type ApiConsentInput = z.input<typeof ConsentInput>;
export type ApiTemplate = z.output<typeof TemplateView>;
export type ApiTemplateInput = z.input<typeof TemplateInput>;
export type ApiLogGap = z.output<typeof LogGapView>;
export type ApiSilence = z.output<typeof SilenceView>;
export type ApiSilenceInput = z.input<typeof SilenceInput>;
export type ApiAuditEntry = z.output<typeof AuditPage>["data"][number];
export type ApiRedriven = z.output<typeof RedriveView>;
export type ApiDayReport = z.output<typeof DayReportView>;
export type ApiBackup = z.output<typeof BackupView>;
export type ApiStatus = z.output<typeof StatusView>;

/** A page of a list. */
export interface ApiPage<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

/** What a list is asked for: its filters, `limit` and `cursor`. */
export type ApiQuery = Readonly<Record<string, string | number | undefined>>;

/** One line of an import's answer: a result, or the summary at the end. */
export interface ApiImportLine {
  readonly line?: number;
  readonly id?: string | null;
  readonly status?: "created" | "replaced" | "deleted" | "unchanged" | "refused";
  readonly errors?: readonly InputIssue[];
  readonly warnings?: readonly { readonly field: string; readonly code: string; readonly reason: string }[];
  readonly summary?: Readonly<Record<string, number>>;
  readonly error?: { readonly code: string; readonly detail: string };
}
