import type { CommandContext } from "./command.ts";
import { consumerRoleSettings } from "./settings/consumer.ts";
import { controlRoleSettings } from "./settings/control.ts";
import { notifierRoleSettings } from "./settings/notifier.ts";
import { producerRoleSettings } from "./settings/producer.ts";
import { streamRoleSettings } from "./settings/stream.ts";

/** What the command of each role reads. */
export const roleSettings = {
  producer: producerRoleSettings,
  stream: streamRoleSettings,
  consumer: consumerRoleSettings,
  notifier: notifierRoleSettings,
  control: controlRoleSettings,
};

/** What a role's command is run with. */
export type RoleContext<R extends keyof typeof roleSettings> = CommandContext<typeof roleSettings[R]>;
