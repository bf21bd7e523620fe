import { flagName } from "../../config/load.ts";
import { choicesOf } from "../../config/setting.ts";
import { InputError } from "../../core/errors.ts";
import { type Command, command } from "../command.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

/**
 * `tickbell completion SHELL`: prints what a shell reads to complete the words of the program.
 *
 * @throws {InputError} when it is run for a shell that is not known.
 */
export function completionCommand(commands: () => readonly Command[]): Command {
  return command({
    name: "completion",
    summary: "Print the completion of a shell: bash, zsh or fish",
    args: ["<shell>"],
    settings: {},
    examples: [
      "tickbell completion bash > /etc/bash_completion.d/tickbell",
      "tickbell completion zsh > ~/.zfunc/_tickbell",
      "tickbell completion fish > ~/.config/fish/completions/tickbell.fish",
    ],
    run({ args: [shell], out }) {
      const known = SHELLS.find((name) => name === shell);
      if (known === undefined) {
        const issue = {
          field: "shell",
          code: "unknown_shell",
          reason: `must be one of ${SHELLS.join(", ")}`,
          value: shell,
        };
        throw new InputError("unknown_shell", [issue]);
      }
      out(completion(known, commands()));
      return Promise.resolve(0);
    },
  });
}

/** The script of a shell. */
export function completion(shell: typeof SHELLS[number], commands: readonly Command[]): string {
  const next = nextWords(commands);
  if (shell === "fish") return fish(next, valueFlags(commands));
  const cases = [...next].map(([before, words]) =>
    `        "${before}") words="${[...words].sort().join(" ")}" ;;`
  );
  const flags = valueFlags(commands);
  const choices = [...flags].filter(([, words]) => words.length > 0);
  const body = [
    "_tickbell() {",
    '  local before="" words="" word skip="" last="${COMP_WORDS[COMP_CWORD-1]}"',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    if [ -n "$skip" ]; then skip=""; continue; fi',
    '    case "$word" in',
    `      ${[...flags.keys()].sort().join("|")}) skip=1 ;;`,
    "      -*) ;;",
    '      *) before="${before:+$before }$word" ;;',
    "    esac",
    "  done",
    '  case "$last" in',
    ...choices.map(([flag, words]) => `    ${flag}) words="${words.join(" ")}" ;;`),
    `    ${[...flags.keys()].filter((flag) => flags.get(flag)!.length === 0).sort().join("|")}) return ;;`,
    "    *)",
    '      case "$before" in',
    ...cases,
    "      esac ;;",
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    "}",
    "complete -o default -F _tickbell tickbell",
  ];
  const start = shell === "zsh" ? ["#compdef tickbell", "autoload -U +X bashcompinit && bashcompinit"] : [];
  return [...start, ...body].join("\n");
}

/** The flags that take a value, each with the words it may be; none: any text. */
function valueFlags(commands: readonly Command[]): ReadonlyMap<string, readonly string[]> {
  const flags = new Map<string, readonly string[]>();
  for (const { settings } of commands) {
    for (const [name, setting] of Object.entries(settings)) {
      if (setting.placeholder !== undefined) flags.set(flagName(name), choicesOf(setting));
    }
  }
  return flags;
}

/** The words that may follow: after "", the first words; after a command's words, its flags. */
function nextWords(commands: readonly Command[]): ReadonlyMap<string, ReadonlySet<string>> {
  const next = new Map<string, Set<string>>();
  const add = (before: string, word: string) => next.set(before, (next.get(before) ?? new Set()).add(word));
  for (const { name, settings } of commands) {
    const words = name.split(" ");
    words.forEach((word, index) => add(words.slice(0, index).join(" "), word));
    for (const setting of Object.keys(settings)) add(name, flagName(setting));
  }
  return next;
}

function fish(
  next: ReadonlyMap<string, ReadonlySet<string>>,
  flags: ReadonlyMap<string, readonly string[]>,
): string {
  const lines = [
    "function __tickbell_before",
    "  string join ' ' (string match -v -- '-*' (commandline -opc)[2..-1])",
    "end",
  ];
  for (const [before, words] of next) {
    for (const word of [...words].sort()) {
      const choices = flags.get(word);
      const value = choices === undefined ? "" : choices.length > 0 ? ` -x -a "${choices.join(" ")}"` : " -r";
      const what = word.startsWith("--") ? `-l ${word.slice(2)}${value}` : `-f -a ${word}`;
      lines.push(`complete -c tickbell -n 'test (__tickbell_before) = "${before}"' ${what}`);
    }
  }
  return lines.join("\n");
}
