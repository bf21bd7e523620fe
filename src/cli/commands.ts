import type { Settings } from "../config/setting.ts";
import type { Command } from "./command.ts";
import { backupCommand, restoreCommand } from "./commands/backup.ts";
import { backtestCommand } from "./commands/backtest.ts";
import { alertCommands } from "./commands/alerts.ts";
import { completionCommand } from "./commands/completion.ts";
import {
  deadLettersListCommand,
  deadLettersRedriveCommand,
  deadLettersShowCommand,
} from "./commands/deadletters.ts";
import { gapsAcknowledgeCommand, gapsListCommand } from "./commands/gaps.ts";
import { keyCommands } from "./commands/keys.ts";
import { previewCommand } from "./commands/preview.ts";
import {
  recipientsErase,
  recipientsListCommand,
  recipientsQuietCommand,
  recipientsSuppressCommand,
  recipientsUnsuppressCommand,
} from "./commands/recipients.ts";
import {
  recipientsPushKeysCommand,
  recipientsSecretCommand,
  recipientsTestCommand,
} from "./commands/recipients_channels.ts";
import { referenceUpdateCommand } from "./commands/reference.ts";
import { historyFetchCommand } from "./commands/history.ts";
import { recordCommand } from "./commands/record.ts";
import {
  consumerCommand,
  controlCommand,
  notifierCommand,
  producerCommand,
  streamCommand,
} from "./commands/roles.ts";
import { ruleCommands } from "./commands/rules.ts";
import { startCommand } from "./commands/start.ts";
import { statusCommand } from "./commands/status.ts";
import { verifyCommand } from "./commands/verify.ts";
import { webhookCommands } from "./commands/webhooks.ts";
import {
  topicsAclsCommand,
  topicsCheckCommand,
  topicsCreateCommand,
  topicsGrowCommand,
  topicsSealCommand,
} from "./commands/topics.ts";

/** Every command of the program, in the order of its help. */
export const COMMANDS: readonly Command[] = [
  any(startCommand),
  any(producerCommand),
  any(streamCommand),
  any(consumerCommand),
  any(notifierCommand),
  any(controlCommand),
  ...[...ruleCommands, ...alertCommands, ...keyCommands, ...webhookCommands].map((command) =>
    any(command as Command)
  ),
  any(topicsCreateCommand),
  any(topicsSealCommand),
  any(topicsAclsCommand),
  any(topicsCheckCommand),
  any(topicsGrowCommand),
  any(referenceUpdateCommand),
  any(historyFetchCommand),
  any(recordCommand),
  any(backtestCommand),
  any(verifyCommand),
  any(backupCommand),
  any(restoreCommand),
  any(statusCommand),
  any(deadLettersListCommand),
  any(deadLettersShowCommand),
  any(deadLettersRedriveCommand),
  any(gapsListCommand),
  any(gapsAcknowledgeCommand),
  any(recipientsListCommand),
  any(recipientsQuietCommand),
  any(recipientsSuppressCommand),
  any(recipientsUnsuppressCommand),
  any(recipientsErase as Command),
  any(recipientsTestCommand),
  any(recipientsSecretCommand),
  any(recipientsPushKeysCommand),
  any(previewCommand),
  any(completionCommand(() => COMMANDS)),
];

/** What the commands that share their first word are about. */
export const GROUPS: Readonly<Record<string, string>> = {
  rules: "Make, find, change, import, export, try and explain rules",
  alerts: "What has fired: the history and the live tail",
  keys: "API keys: who may do what",
  webhooks: "Webhook endpoints: secrets, tests, results, messages once more",
  reference: "What is known of symbols: names, markets, states, limits, daily candles",
  history: "Past days from KIS's REST",
  topics: "The topics on Kafka: make them, show where they differ",
  deadletters: "What could not be handled, with its bytes: look, send again",
  gaps: "What roles missed in the event log: look, acknowledge",
  recipients: "Addresses: suppressions, quiet hours, test messages",
};

/** A command among commands: its own settings' types matter to itself alone. */
function any<S extends Settings>(command: Command<S>): Command {
  return command as unknown as Command;
}
