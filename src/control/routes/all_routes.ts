import { ACCOUNT_ROUTES } from "./account.ts";
import { ALERT_ROUTES } from "./alerts.ts";
import { BACKTEST_ROUTES } from "./backtests.ts";
import { BACKUP_ROUTES } from "./backups.ts";
import { BULK_ROUTES } from "./bulk.ts";
import { CALLBACK_ROUTES } from "./callbacks.ts";
import { CONSENT_ROUTES } from "./consents.ts";
import { DEAD_LETTER_ROUTES } from "./dead_letters.ts";
import { DELIVERY_ROUTES } from "./deliveries.ts";
import { DOCS_ROUTES } from "./docs.ts";
import { KEY_ROUTES } from "./keys.ts";
import { LOG_GAP_ROUTES } from "./log_gaps.ts";
import { MARKET_ROUTES } from "./market.ts";
import { PAGE_ROUTES } from "./pages.ts";
import { PEOPLE_ROUTES } from "./people.ts";
import { REPORT_ROUTES } from "./reports.ts";
import { RECIPIENT_ROUTES } from "./recipients.ts";
import type { Route } from "./route_table.ts";
import { RULE_ROUTES } from "./rules.ts";
import { OFFER_ROUTES } from "./offers.ts";
import { SIGN_IN_ROUTES } from "./sign_in.ts";
import { SILENCE_ROUTES } from "./silences.ts";
import { SYSTEM_ROUTES } from "./system.ts";
import { TEMPLATE_ROUTES } from "./templates.ts";
import { TENANT_ROUTES } from "./tenants.ts";
import { TRIAL_ROUTES } from "./trial.ts";
import { WEBHOOK_ROUTES } from "./webhooks.ts";

/** Every route of the API, in the order of its document. */
export const ALL_ROUTES: readonly Route[] = [
  ...RULE_ROUTES,
  ...TRIAL_ROUTES,
  ...BACKTEST_ROUTES,
  ...BULK_ROUTES,
  ...ALERT_ROUTES,
  ...DELIVERY_ROUTES,
  ...MARKET_ROUTES,
  ...SILENCE_ROUTES,
  ...WEBHOOK_ROUTES,
  ...RECIPIENT_ROUTES,
  ...CONSENT_ROUTES,
  ...TEMPLATE_ROUTES,
  ...PEOPLE_ROUTES,
  ...OFFER_ROUTES,
  ...SIGN_IN_ROUTES,
  ...ACCOUNT_ROUTES,
  ...DEAD_LETTER_ROUTES,
  ...LOG_GAP_ROUTES,
  ...REPORT_ROUTES,
  ...BACKUP_ROUTES,
  ...PAGE_ROUTES,
  ...CALLBACK_ROUTES,
  ...DOCS_ROUTES,
  ...KEY_ROUTES,
  ...TENANT_ROUTES,
  ...SYSTEM_ROUTES,
];
