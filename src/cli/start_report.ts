import { counted } from "../core/counted.ts";
import type { ListedSymbol } from "../market/directory.ts";

/** What `start` says when everything is up. */
export interface StartFacts {
  readonly url: string;
  readonly apiKey: string;
  /** Opens the console, once, for an hour. */
  readonly code: string;
  /** Where the key is kept; undefined: it was given, and is known to who gave it. */
  readonly apiKeyFile: string | undefined;
  /** Where mails go, in words. */
  readonly mail: string;
  readonly feed: string;
  readonly rules: number;
  /** A symbol that trades often, for the example; none where the market is not open to rules made now. */
  readonly example: ListedSymbol | undefined;
  /** Whether a terminal alone reads it: what is in a log file is no place for a key. */
  readonly terminal: boolean;
}

/** The lines that say where everything is, with one `curl` that can be pasted. */
export function startReport(facts: StartFacts): string[] {
  const { example, terminal, apiKeyFile, url } = facts;
  const post = example === undefined ? [] : [
    `Post a rule that is likely to fire soon (${example.name} at or above ${
      WON.format(threshold(example))
    } won):`,
    "",
    `  ${exampleCurl({ ...facts, example })}`,
    "",
  ];
  return [
    `Tickbell is running: ${facts.feed}, ${counted(facts.rules, "rule")} in force.`,
    "",
    `  console   ${url}/${
      terminal ? `?code=${facts.code}   (good once, for an hour; later sign in with the key)` : ""
    }`,
    `  API       ${url}/v1   (reference: ${url}/docs)`,
    `  API key   ${apiKeyFile === undefined ? "the one that was given" : `kept in ${apiKeyFile}`}`,
    `  mail      ${facts.mail}`,
    "",
    ...post,
    "Alerts appear below as they fire. Ctrl-C stops everything; started again it goes on where it was.",
    "",
  ];
}

/** One line that posts a rule; a second time it is answered that there is such a rule. */
function exampleCurl(
  facts: { url: string; apiKeyFile: string | undefined; example: ListedSymbol },
): string {
  const rule = {
    id: "first",
    symbol: facts.example.symbol,
    kind: "target_price",
    comparator: "gte",
    value: threshold(facts.example),
    recipients: ["you@example.com"],
  };
  const key = facts.apiKeyFile === undefined ? "$TICKBELL_API_KEY" : `$(cat ${quoted(facts.apiKeyFile)})`;
  return `curl -s ${facts.url}/v1/rules -H "Authorization: Bearer ${key}" ` +
    `-H 'Content-Type: application/json' -d '${JSON.stringify(rule)}'`;
}

/** A path as a word of a shell within double quotes. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** A price a little under where the symbol starts, so that the rule is met at its next trade or soon after. */
function threshold(symbol: ListedSymbol): number {
  return Math.floor(symbol.basePrice * 0.9 / 1000) * 1000 || 1;
}

const WON = new Intl.NumberFormat("ko-KR");
