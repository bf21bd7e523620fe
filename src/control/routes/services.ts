import type { Exclusive } from "../../core/exclusive.ts";
import type { BacktestJobs } from "../backtests/jobs.ts";
import type { ControlDeps } from "../deps.ts";
import type { AlertIndex } from "../alerts/alert_index.ts";
import type { DeliveryIndex } from "../alerts/delivery_index.ts";
import type { FeedStore } from "../store/feed_store.ts";
import type { ReportDesk } from "../report_desk.ts";
import type { LagWatch } from "../lag_watch.ts";
import type { SpentRules } from "../../books/spent_rules.ts";
import type { Silences } from "../../books/silences.ts";
import type { Webhooks } from "../../books/webhooks.ts";
import type { CheckedDays } from "../../books/checked_days.ts";
import type { Templates } from "../../books/templates.ts";
import type { RecipientBook } from "../../books/recipients.ts";
import type { MarketHub } from "../market_hub.ts";
import type { Gatekeeper } from "../auth/authenticate.ts";
import type { Liveness } from "../auth/liveness.ts";
import type { SessionStore } from "../auth/session_store.ts";
import type { SignInCodes } from "../auth/sign_in_codes.ts";
import type { AddressLimits } from "../http/address_limits.ts";
import type { Identity } from "../auth/principal.ts";
import type { RecipientDesk } from "../rules/recipient_desk.ts";
import type { RuleService } from "../rules/rule_service.ts";
import type { People } from "../audit/people.ts";
import type { AuditLog } from "../audit/audit_log.ts";
import type { AccountStore } from "../people/account_store.ts";
import type { PersonPolicy } from "../people/person_policy.ts";
import type { Tickets } from "../people/tickets.ts";
import type { Idempotency } from "../store/idempotency.ts";
import type { KeyStore } from "../store/key_store.ts";
import type { Turns } from "../turns.ts";
import type { OpenStreams } from "../http/event_stream.ts";
import type { RateLimiter } from "../auth/rate_limit.ts";
import type { RuleStore } from "../store/rule_store.ts";
import type { ControlMetrics } from "../../telemetry/control_metrics.ts";
import type { Topics } from "../store/topics.ts";

/** What the routes are served from. */
export interface Services {
  readonly deps: ControlDeps;
  /** Absent without an engine to run them with. */
  readonly backtests: BacktestJobs | undefined;
  readonly topics: Topics;
  readonly store: RuleStore;
  readonly rules: RuleService;
  readonly audit: AuditLog;
  readonly people: People;
  readonly keys: KeyStore;
  readonly limiter: RateLimiter;
  /** Of each who serves himself. */
  readonly personLimiter: RateLimiter;
  readonly accounts: AccountStore;
  readonly tickets: Tickets;
  readonly persons: PersonPolicy;
  /** Of the test messages of each who serves himself. */
  readonly channelTests: RateLimiter;
  readonly idempotency: Idempotency;
  readonly alerts: AlertIndex;
  readonly deliveries: DeliveryIndex;
  readonly silences: Silences;
  readonly spent: SpentRules;
  readonly webhooks: Webhooks;
  /** Followed while the role runs; whoever needs it whole waits for its `ready`. */
  readonly recipients: RecipientBook;
  /** Whether recipients may be written to, and have to be asked. */
  readonly desk: RecipientDesk;
  readonly templates: Templates;
  /** What self-checks have come to. */
  readonly checkedDays: CheckedDays;
  readonly feed: FeedStore;
  readonly lag: LagWatch;
  readonly reports: ReportDesk;
  readonly market: MarketHub;
  readonly gate: Gatekeeper;
  readonly sessions: SessionStore;
  readonly codes: SignInCodes;
  /** Whose session a one-time code opens: the root key's. */
  readonly root: Identity;
  readonly liveness: Liveness;
  /** How often an address may use public routes that cost something. */
  readonly publicUse: AddressLimits;
  readonly metrics: ControlMetrics;
  readonly streams: OpenStreams;
  /** Of imports: between two pieces of any of them everybody else is served. */
  readonly turns: Turns;
  /** Of changes of a key or of a tenant's endpoints: each begins where the last one ended. Rules have their store's own. */
  readonly changes: Exclusive;
  /** Aborted when the role stops: streams end. */
  readonly stopping: AbortSignal;
}
