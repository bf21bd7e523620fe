import { flag } from "../../config/setting.ts";
import type { ApiReadLine, ApiRuleInput } from "../../control/client/types.ts";
import { apiCommand, EXIT } from "../api_command.ts";
import { draftSettings } from "./rule_draft.ts";

/** `tickbell rules read`: a rule as people say it, shown before it is made. */
export const rulesRead = apiCommand({
  name: "rules read",
  summary: "Read a rule as people say it, and say what rule it would be; --yes makes it",
  args: ["<line...>"],
  settings: {
    to: draftSettings.to,
    yes: flag({ description: "Make the rule that was read, when all of the line was understood." }),
  },
  examples: [
    'tickbell rules read "하이닉스 3% 빠지면 한 번만"',
    'tickbell rules read "삼성전자 7만원 넘으면" --to kim@example.com --yes',
    'tickbell rules read "kakao 52 week high"',
  ],
  async run({ api, args, config, show, err }) {
    const read = await api.readLine({ line: args.flat().join(" ") });
    const whole = read.rule !== null && read.rest.length === 0;
    if (!config.yes || !whole) {
      show(read, () => lines(read));
      if (config.yes) err("Nothing was made: say it again without what was not understood.");
      return whole ? EXIT.done : EXIT.refused;
    }
    const rule = await api.createRule({ ...read.rule, recipients: [...config.to] } as ApiRuleInput);
    show(rule, () => [`${read.words}`, `Made ${rule.id}.`]);
    return EXIT.done;
  },
});

function lines({ rule, words, understood, rest, missing, candidates }: ApiReadLine): string[] {
  const lines = understood.map(({ text, as }) => `  ${text}  →  ${as}`);
  if (words !== null && rule !== null) lines.unshift(words, `  when: ${rule.when}`);
  if (rest.length > 0) lines.push(`Not understood: ${rest.join(", ")}`);
  if (missing.length > 0) lines.push(`Missing: ${missing.join(", ")}`);
  if (candidates.length > 0) {
    lines.push(`Which one? ${candidates.map(({ symbol, name }) => `${name} ${symbol}`).join(", ")}`);
  }
  return lines;
}
