/**
 * docs/measures.md and docs/recipes.md, from the tables of measures and recipes.
 *
 * @module
 */
import { policyInWords, ruleInWords } from "../../src/alerts/words.ts";
import { DEFAULT_WINDOW_MS } from "../../src/rules/evaluation.ts";
import { MEASURE_NAMES, MEASURES } from "../../src/rules/measures.ts";
import type { MeasureSpec, ParamSpec } from "../../src/rules/measures/measure.ts";
import { wordsInShort } from "../../src/rules/read_conditions.ts";
import { parseRule } from "../../src/rules/parse_rule.ts";
import { RECIPES } from "../../src/rules/recipes.ts";

/** @returns the pages by their path from the project's root. */
export function ruleDocFiles(): Map<string, string> {
  return new Map([["docs/measures.md", measuresPage()], ["docs/recipes.md", recipesPage()]]);
}

function measuresPage(): string {
  const rows = MEASURE_NAMES.map((name) => {
    const spec: MeasureSpec = MEASURES[name];
    const params = spec.params.length === 0 ? "" : `(${spec.params.map(paramText).join(", ")})`;
    return `| \`${name}${params}\` | ${spec.aliases.join(", ")} | ${spec.words.en.help} | ${
      unitText(spec)
    } | ${needText(spec)} | \`${spec.example}\` |`;
  });
  return `# Measures

What a rule compares with a number: \`when\` is one to four of \`MEASURE[(PARAMS)] OP NUMBER\` joined by \`and\`, OP one of
\`> >= < <= 초과 이상 미만 이하\`. "Or" is two rules. Numbers may be written as people do: \`72,000\`, \`7만\`, \`100억\`.
[What it means](rules.md), [recipes](recipes.md). This page is made from \`src/rules/measures.ts\`.

| measure | in Korean | what it is | unit | needs | example |
|---|---|---|---|---|---|
${rows.join("\n")}
`;
}

function needText({ need, needOf }: MeasureSpec): string {
  if (needOf === undefined || need === "reference") return NEEDS[need];
  return `${NEEDS.reference} over days, ${NEEDS.candles} over minutes`.replace(" for more than `day`", "");
}

const NEEDS = {
  trade: "the trade",
  reference: "the day's reference for more than \`day\`",
  status: "status records",
  candles: "minute candles",
} as const;

function paramText(spec: ParamSpec): string {
  const range = "words" in spec ? wordsInShort(spec.words, " \\| ") : `${spec.min}…${spec.max}`;
  return spec.default === undefined
    ? `${spec.name}: ${range}`
    : `${spec.name}: ${range}, by default ${spec.default}`;
}

function unitText({ unit, scale, min, max }: MeasureSpec): string {
  if (unit === "flag") return `${min} to ${max}`;
  const step = scale < 0
    ? `, in steps of ${(10 ** -scale).toLocaleString("en")}`
    : scale > 0
    ? `, ${scale} decimals`
    : "";
  return `${{ won: "won", percent: "%", shares: "shares", times: "×", points: "0 to 100" }[unit]}${step}`;
}

function recipesPage(): string {
  const parts = RECIPES.map(({ ko, en, line, rule }, index) => {
    const draft = parseRule({ ...rule, recipients: ["kim@example.com"] });
    const words = (locale: "ko" | "en") =>
      `${ruleInWords(draft, locale)} (${policyInWords(draft, DEFAULT_WINDOW_MS, locale)})`;
    return [
      `## ${index + 1}. ${ko}`,
      "",
      `${en}.${line === undefined ? "" : ` As people say it: \`tickbell rules read "${line}"\``}`,
      "",
      "```json",
      JSON.stringify({ ...rule, recipients: ["kim@example.com"] }),
      "```",
      "",
      `- ${words("ko")}`,
      `- ${words("en")}`,
    ].join("\n");
  });
  return `# Recipes

Rules that people ask for, as \`POST /v1/rules\` takes them. The terminal has the same fields:
\`tickbell rules add 035720 --when "new_high(52w)" --repeat day --to kim@example.com\`. What the words mean is in
[rules](rules.md), what can be compared in [measures](measures.md). This page is made from \`src/rules/recipes.ts\`, and a
test runs each of them from a frame of the feed to the mail.

${parts.join("\n\n")}
`;
}
