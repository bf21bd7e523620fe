import type { Command } from "./command.ts";
import { startCommand } from "./commands/start.ts";

/** Every command of the program. */
export const COMMANDS: readonly Command[] = [
  startCommand as unknown as Command,
];
