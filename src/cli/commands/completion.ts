import { flagName } from "../../config/load.ts";
import { InputError } from "../../core/errors.ts";
import { type Command, command } from "../command.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** `tickbell completion SHELL`: prints what a shell reads to complete the words of the program. */
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
  if (shell === "fish") return fish(next);
  const cases = [...next].map(([before, words]) =>
    `    "${before}") words="${[...words].sort().join(" ")}" ;;`
  );
  const body = [
    "_tickbell() {",
    '  local before="" words="" word',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case "$word" in -*) ;; *) before="${before:+$before }$word" ;; esac',
    "  done",
    '  case "$before" in',
    ...cases,
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    "}",
    "complete -o default -F _tickbell tickbell",
  ];
  const start = shell === "zsh" ? ["#compdef tickbell", "autoload -U +X bashcompinit && bashcompinit"] : [];
  return [...start, ...body].join("\n");
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

function fish(next: ReadonlyMap<string, ReadonlySet<string>>): string {
  const lines = [
    "function __tickbell_before",
    "  string join ' ' (string match -v -- '-*' (commandline -opc)[2..-1])",
    "end",
  ];
  for (const [before, words] of next) {
    for (const word of [...words].sort()) {
      const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      lines.push(`complete -c tickbell -n 'test (__tickbell_before) = "${before}"' ${what}`);
    }
  }
  return lines.join("\n");
}
