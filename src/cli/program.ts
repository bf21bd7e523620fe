import { Command as Commander, CommanderError, Option } from "commander";
import { describeIssue, InputError, messageOf, OutsideError } from "../core/errors.ts";
import { environmentName, flagName, knownVariables, loadConfig, refuseIdle } from "../config/load.ts";
import type { Settings } from "../config/setting.ts";
import type { Command } from "./command.ts";
import { VERSION } from "./version.ts";

/** What the program needs of its process. */
export interface ProgramIo {
  out(line: string): void;
  err(line: string): void;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Whether standard output is a terminal; absent: it is none. */
  readonly terminal?: boolean;
  /** Reads the file of a secret. */
  readText?(path: string): string;
}

/**
 * The command-line program: parses the words, loads the settings, runs one command.
 *
 * @returns the exit code.
 */
export class Program {
  readonly #commands: readonly Command[];
  readonly #settings: Settings;
  /** Every variable of ours that may stand in the environment. */
  readonly #known: ReadonlySet<string>;
  readonly #groups: Readonly<Record<string, string>>;

  /**
   * @param others Variables that are no setting's of these commands but may stand in their environment.
   * @param groups What the commands that begin with one word are about, for its help.
   */
  constructor(
    commands: readonly Command[],
    others: readonly string[] = [],
    groups: Readonly<Record<string, string>> = {},
  ) {
    this.#commands = commands;
    this.#groups = groups;
    this.#settings = Object.assign({}, ...commands.map(settingsWithVariables));
    this.#known = new Set([...others, ...knownVariables(this.#settings)]);
  }

  /** Every setting of every command that may stand in variables. */
  get settings(): Settings {
    return this.#settings;
  }

  get commands(): readonly Command[] {
    return this.#commands;
  }

  async run(words: readonly string[], io: ProgramIo): Promise<number> {
    let code = 0;
    const root = this.#root(io);
    for (const command of this.#commands) {
      this.#add(root, command, io, (result) => code = result);
    }
    if (words.length === 0) {
      io.out(root.helpInformation());
      return 2;
    }
    try {
      await root.parseAsync([...words], { from: "user" });
      return code;
    } catch (thrown) {
      this.#pointElsewhere(thrown, io);
      return report(thrown, io);
    }
  }

  /** Of an option that this command does not have: those that have it. */
  #pointElsewhere(thrown: unknown, io: ProgramIo): void {
    if (!(thrown instanceof CommanderError) || thrown.code !== "commander.unknownOption") return;
    const flag = /--[\w-]+/.exec(thrown.message)?.[0];
    const having = this.#commands.filter(({ settings }) =>
      Object.keys(settings).some((name) => flagName(name) === flag)
    ).map(({ name }) => name);
    if (having.length > 0) io.err(`${flag} is an option of: ${having.join(", ")}.`);
  }

  #root(io: ProgramIo): Commander {
    return prepare(new Commander("tickbell"), io)
      .version(`tickbell ${VERSION}`, "-V, --version", "Print the version")
      .description("Tickbell: stock-market alerts, from a live feed to a mail.")
      .addHelpText("after", "\nEvery flag has a variable: --data-dir is TICKBELL_DATA_DIR.");
  }

  #group(above: Commander, word: string, io: ProgramIo): Commander {
    return above.commands.find((child) => child.name() === word) ??
      prepare(above.command(word), io).description(this.#groups[word] ?? "");
  }

  #add(root: Commander, command: Command, io: ProgramIo, finish: (code: number) => void): void {
    const words = command.name.split(" ");
    const last = words.pop() as string;
    const parent = words.reduce((above, word) => this.#group(above, word, io), root);
    const leaf = prepare(parent.command(last), io).description(command.summary);
    for (const argument of command.args ?? []) leaf.argument(argument);
    for (const [name, setting] of Object.entries(command.settings)) leaf.addOption(optionOf(name, setting));
    if (command.examples) {
      leaf.addHelpText(
        "after",
        `\nExamples:\n${command.examples.map((e) => `  ${e}`).join("\n")}`,
      );
    }
    leaf.action(async () => {
      const flags = flagTexts(leaf.opts());
      const env = withoutFlagsOnly(io.env, command);
      const config = loadConfig(command.settings, { flags, env, readText: io.readText }, this.#known);
      refuseIdle(command.settings, { config, flags });
      const { out, err, signal, terminal = false } = io;
      finish(await command.run({ config, args: leaf.args, out, err, signal, terminal }));
    });
  }
}

/** The settings of a command that stand in variables too. */
export function settingsWithVariables({ settings, flagsOnly = [] }: Command): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !flagsOnly.includes(name)));
}

/** The variables without those whose names are another command's. */
function withoutFlagsOnly(env: ProgramIo["env"], { flagsOnly = [] }: Command): ProgramIo["env"] {
  const others = new Set(flagsOnly.map(environmentName));
  return Object.fromEntries(Object.entries(env).filter(([variable]) => !others.has(variable)));
}

function prepare(command: Commander, io: ProgramIo): Commander {
  return command.exitOverride().showHelpAfterError("Try --help.").configureOutput({
    writeOut: (text) => io.out(text.trimEnd()),
    writeErr: (text) => io.err(text.trimEnd()),
  });
}

function optionOf(name: string, setting: Settings[string]): Option {
  const flags = setting.placeholder === undefined
    ? flagName(name)
    : `${flagName(name)} <${setting.placeholder}>`;
  const shown = setting.default === undefined || setting.default === false || setting.secret
    ? ""
    : ` (default: ${String(setting.default)})`;
  return new Option(flags, `${setting.description}${shown} [${environmentName(name)}]`);
}

/** commander's options as texts; switches are "true". */
function flagTexts(options: Record<string, unknown>): Record<string, string> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

/** Codes of what is wrong with the command line or the settings themselves. */
const MISUSE = new Set([
  "bad_configuration",
  "bad_argument",
  "not_permitted",
  "unknown_shell",
  "bad_id",
  "nothing_chosen",
  "no_key",
  "bad_recipient",
  "bad_body",
]);

/** Faults of the machine by their codes, and what to do: nothing of the program's, whose stack would say nothing. */
const MACHINE: Readonly<Record<string, string>> = {
  ENOSPC: "make room on the disk",
  EDQUOT: "make room within the quota",
  EROFS: "mount the disk to be written",
  EIO: "the disk is failing, or is gone",
  EMFILE: "allow the process more open files (ulimit -n)",
  ENFILE: "the machine has too many open files",
};

/** As many faults of one input are shown; a file for another market has one a line. */
const MAX_SHOWN = 100;

/** One clear line for what went wrong; a bug keeps its stack trace. */
export function report(thrown: unknown, io: Pick<ProgramIo, "err">): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  if (thrown instanceof InputError) {
    const context = thrown.message.slice(0, -thrown.issues.map(describeIssue).join("; ").length || undefined);
    for (const issue of thrown.issues.slice(0, MAX_SHOWN)) {
      io.err(`tickbell: ${context}${describeIssue(issue)}`);
    }
    const more = thrown.issues.length - MAX_SHOWN;
    if (more > 0) io.err(`tickbell: ${context}and ${more} more`);
    if (thrown.code === "not_found") return 4;
    return MISUSE.has(thrown.code) ? 2 : 1;
  }
  if (thrown instanceof OutsideError) {
    io.err(`tickbell: ${thrown.message}`);
    return 1;
  }
  const machine = MACHINE[(thrown as { readonly code?: unknown } | undefined)?.code as string];
  if (machine !== undefined) {
    io.err(`tickbell: ${messageOf(thrown)}: ${machine}`);
    return 1;
  }
  io.err(`tickbell: ${thrown instanceof Error ? thrown.stack ?? thrown.message : messageOf(thrown)}`);
  return 1;
}
