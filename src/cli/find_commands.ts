import type { Command } from "./command.ts";

/**
 * The commands that run for as long as their process, each loaded by itself: what the others consist of would take half of
 * the memory of a process that never runs them.
 */
const ALONE: Readonly<Record<string, () => Promise<unknown>>> = {
  start: async () => (await import("./commands/start.ts")).startCommand,
  producer: async () => (await import("./commands/producer.ts")).producerCommand,
  stream: async () => (await import("./commands/stream.ts")).streamCommand,
  consumer: async () => (await import("./commands/consumer.ts")).consumerCommand,
  notifier: async () => (await import("./commands/notifier.ts")).notifierCommand,
  control: async () => (await import("./commands/control.ts")).controlCommand,
};

/** The commands among which the words of a command line choose: the one that they begin with where it stands alone, else all. */
export async function findCommands(words: readonly string[]): Promise<readonly Command[]> {
  const [first = ""] = words;
  if (Object.hasOwn(ALONE, first)) return [await ALONE[first]!() as Command];
  return (await import("./commands.ts")).COMMANDS;
}
