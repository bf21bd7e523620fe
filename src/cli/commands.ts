import type { Settings } from "../config/setting.ts";
import type { Command } from "./command.ts";
import { backupCommand, restoreCommand } from "./commands/backup.ts";
import { backtestCommand } from "./commands/backtest.ts";
import { alertCommands } from "./commands/alerts.ts";
import { completionCommand } from "./commands/completion.ts";
import { consumerCommand } from "./commands/consumer.ts";
import { controlCommand } from "./commands/control.ts";
import {
  deadLettersListCommand,
  deadLettersRedriveCommand,
  deadLettersShowCommand,
} from "./commands/deadletters.ts";
import { gapsAcknowledgeCommand, gapsListCommand } from "./commands/gaps.ts";
import { keyCommands } from "./commands/keys.ts";
import { notifierCommand } from "./commands/notifier.ts";
import { previewCommand } from "./commands/preview.ts";
import { producerCommand } from "./commands/producer.ts";
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
import { ruleCommands } from "./commands/rules.ts";
import { reportCommand } from "./commands/report.ts";
import { startCommand } from "./commands/start.ts";
import { statusCommand } from "./commands/status.ts";
import { streamCommand } from "./commands/stream.ts";
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
  any(reportCommand),
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

/** A command among commands: its own settings' types matter to itself alone. */
function any<S extends Settings>(command: Command<S>): Command {
  return command as unknown as Command;
}
