import type { Registry } from "prom-client";
import type { BacktestRunner } from "../backtest/job.ts";
import type { BacktestShelf } from "./backtests/shelf.ts";
import type { Clock } from "../core/clock.ts";
import type { OidcOptions } from "./auth/oidc.ts";
import type { SymbolDirectory } from "../market/directory.ts";
import type { CanaryOptions } from "./canary.ts";
import type { ReportMailOptions } from "./report_mail.ts";
import type { ConsentPolicy } from "../alerts/consent.ts";
import type { AddressFaults } from "./rules/recipient_desk.ts";
import type { RecipientBook } from "../books/recipients.ts";
import type { EventLog } from "../ports/event_log.ts";
import type { ChatBot } from "../ports/chat_bot.ts";
import type { SeriesStore } from "../ports/series_store.ts";
import type { ChannelName } from "../rules/channels.ts";
import type { Rule } from "../rules/rule.ts";
import type { Health } from "../telemetry/health.ts";

/** A backup that was made. */
export interface MadeBackup {
  readonly folder: string;
  /** ISO 8601. */
  readonly at: string;
  readonly files: { name: string; bytes: number; sha256: string }[];
}

/** A file of the console. */
export interface ServedFile {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A mail in the embedded outbox, as the list shows it. */
export interface MailSummary {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  /** Epoch ms. */
  readonly at: number;
}

/** A whole mail. */
export interface MailDetail extends MailSummary {
  readonly text: string;
  readonly html: string;
}

/** The embedded outbox, to examine. */
export interface MailReader {
  /** The newest first. */
  list(limit: number): Promise<readonly MailSummary[]>;
  get(id: string): Promise<MailDetail | undefined>;
}

/** Self-service: investors sign in with a link that is mailed to their own address. */
export interface SelfService {
  /** Whose tenant they are in. */
  readonly tenant: string;
  /** The domains whose addresses may sign in; none: any. */
  readonly domains: readonly string[];
  /** Rules that one may have. */
  readonly maxRules: number;
}

/** What the control API is made of. Times are epoch ms. */
export interface ControlDeps {
  readonly log: EventLog;
  readonly series: SeriesStore;
  readonly directory: SymbolDirectory;
  readonly clock: Clock;
  readonly health: Health;
  readonly registry: Registry;
  /** Waits until the stream of this process has the rules; without it, for what streams elsewhere say. 201 comes after. */
  readonly inForce?: (rules: readonly Rule[]) => Promise<void>;
  readonly consoleFiles?: (path: string) => Promise<ServedFile | undefined>;
  readonly mails?: MailReader;
  /** Copies the data directory's files while they are used; absent where the log is not a file. */
  readonly backup?: () => Promise<MadeBackup>;
  /** Channels that do not work here, and why; absent where others deliver. */
  readonly idleChannels?: ReadonlyMap<ChannelName, string>;
  /** The engine's module, for POST /v1/rules:test; without it the oracle is used, which is slower. */
  readonly engine?: WebAssembly.Module;
  /** Runs backtests, off this event loop; without it there are none. */
  readonly backtests?: BacktestRunner;
  /** Where backtests are kept over a restart; without it they are gone with the process. */
  readonly backtestShelf?: BacktestShelf;
  /** The stream's windows and grace, ms; an hour each by default. */
  readonly windowMs?: number;
  readonly graceMs?: number;
  /** Checks the links in messages, see `signLink` and `signUnsubscribe`; without it there are no pages behind them. */
  readonly linkSecret?: string;
  /** Who is asked before they are written to, as the notifier has it; nobody by default. */
  readonly consent?: ConsentPolicy;
  /** How many addresses a tenant may have asked in a day; 200 by default. */
  readonly asksPerDay?: number;
  /** What is wrong with addresses of recipients beyond how they are written. */
  readonly addressFaults?: AddressFaults;
  /** Takes what Amazon SNS posts about bounces and complaints; throws an InputError for what is not from there. */
  readonly onSnsMessage?: (body: string, recipients: RecipientBook) => Promise<void>;
  /** A key with every right, of the operator's tenant: the one `start` prints. */
  readonly rootKey?: string;
  /** Of the product, for the API's document. */
  readonly version?: string;
  /** Names that requests may be for, beside the loopback's; undefined: any. */
  readonly allowedHosts?: readonly string[];
  /** Whether /metrics answers without a key; true by default. */
  readonly publicMetrics?: boolean;
  /** The most rules a tenant may have; 1,000,000 by default. */
  readonly maxRules?: number;
  /** Requests a second that a tenant may make; 2,000 by default. */
  readonly requestsPerSecond?: number;
  /** OIDC tokens that are taken in place of API keys. */
  readonly oidc?: OidcOptions & { readonly fetch?: typeof fetch };
  /** Sends a canary the whole way each minute; absent: none. */
  readonly canary?: CanaryOptions;
  /** Who is sent the day's report; absent: nobody. */
  readonly report?: ReportMailOptions;
  readonly selfService?: SelfService;
  /** The public VAPID key that browsers subscribe to web push with. */
  readonly pushKey?: string;
  /** The Telegram bot that persons give orders to. */
  readonly telegramBot?: ChatBot;
  /** How many of the newest alerts are kept to be listed; 50,000 by default. */
  readonly alertsKept?: number;
}
