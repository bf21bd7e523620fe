import type { Settings, Values } from "../config/setting.ts";

/** What a command is run with. */
export interface CommandContext<S extends Settings> {
  readonly config: Values<S>;
  /** The positional arguments, in the order of {@link Command.args}. */
  readonly args: readonly string[];
  /** A line to standard output. */
  out(line: string): void;
  /** A line to standard error. */
  err(line: string): void;
  /** Aborted by SIGINT and SIGTERM: finish and return. */
  readonly signal: AbortSignal;
  /** Whether standard output is a terminal, so that a person alone reads it. */
  readonly terminal: boolean;
}

/** One command of the program. Its settings become flags and variables. */
export interface Command<S extends Settings = Settings> {
  /** The words: "start", "topics create". */
  readonly name: string;
  readonly summary: string;
  /** Positional arguments as commander writes them: "<id>", "[file]", "[ids...]". */
  readonly args?: readonly string[];
  readonly settings: S;
  /** Settings that are flags alone: the variables of their names are those of other commands. */
  readonly flagsOnly?: readonly string[];
  /** Whole lines that can be pasted, shown in --help. */
  readonly examples?: readonly string[];
  /** @returns the exit code, see {@link EXIT}. An InputError of wrong use becomes one line and 2, other errors one and 1. */
  run(context: CommandContext<S>): Promise<number>;
}

/** States a command with its settings' types kept. */
export function command<S extends Settings>(spec: Command<S>): Command<S> {
  return spec;
}
