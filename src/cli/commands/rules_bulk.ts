import { createHash } from "node:crypto";
import { flag, oneOf } from "../../config/setting.ts";
import type { ApiImportLine } from "../../control/client/types.ts";
import { describeIssue, OutsideError } from "../../core/errors.ts";
import { apiCommand, EXIT, fieldsOf } from "../api_command.ts";
import { ProgressBar } from "../progress_bar.ts";
import { importBody, readRuleText } from "../rule_file.ts";

/** `tickbell rules import`: many rules from a file. */
export const rulesImport = apiCommand({
  name: "rules import",
  summary: "Make, replace or delete many rules from a file of JSON, JSON lines or CSV",
  args: ["<file>"],
  settings: {
    mode: oneOf(["create", "replace", "delete"], {
      default: "create",
      placeholder: "HOW",
      description: "What an import does with its rules: create, replace or delete.",
    }),
    atomic: flag({ description: "An import does nothing when any of its lines is refused." }),
  },
  examples: [
    "tickbell rules import rules.ndjson",
    "tickbell rules import rules.csv --mode replace --atomic",
    "tickbell rules import rules.ndjson    # again, after it was cut off: what was done is found unchanged",
  ],
  async run({ api, args: [file], config, signal, show, out, err }) {
    const { body, format } = importBody(await readRuleText(file!));
    const content = new TextEncoder().encode(body);
    // The same file has the same key, so an import that was cut off goes on when it is repeated.
    const sum = createHash("sha256").update(`${config.mode}\n`).update(content).digest("hex");
    const bar = new ProgressBar({ total: lineCount(content), label: "rules" });
    let last: ApiImportLine | undefined;
    const options = {
      format,
      mode: config.mode,
      atomic: config.atomic,
      idempotencyKey: `file-${sum}`,
      signal,
    } as const;
    for await (const line of api.importRules(content, options)) {
      last = line;
      if (line.status === undefined) continue;
      bar.step();
      if (config.json) out(JSON.stringify(line));
      else if (line.status === "refused") {
        bar.clear();
        for (const issue of line.errors ?? []) err(describeIssue(issue));
      }
    }
    bar.end();
    if (last?.summary === undefined || last.error !== undefined) {
      throw new OutsideError("cut_off", last?.error?.detail ?? "The import was cut off: run it again", {
        retryable: true,
      });
    }
    const { summary } = last;
    show({ summary }, () => [Object.entries(summary).map(([name, count]) => `${count} ${name}`).join(", ")]);
    return (summary.refused ?? 0) > 0 ? EXIT.refused : EXIT.done;
  },
});

function lineCount(content: Uint8Array): number {
  let count = content.length > 0 && content.at(-1) !== 0x0a ? 1 : 0;
  for (const byte of content) if (byte === 0x0a) count++;
  return count;
}

/** `tickbell rules export`: rules as an import takes them. */
export const rulesExport = apiCommand({
  name: "rules export",
  summary: "Write rules as an import takes them, to a file or to standard output",
  args: ["[file]", "[filters...]"],
  settings: {},
  examples: [
    "tickbell rules export rules.csv",
    "tickbell rules export rules.ndjson symbol=005930",
    "tickbell rules export > rules.ndjson",
  ],
  async run({ api, args, err, out }) {
    const [first, ...rest] = args.flat();
    const file = first !== undefined && !first.includes("=") ? first : undefined;
    const filters = fieldsOf(file === undefined && first !== undefined ? [first, ...rest] : rest);
    const query = { ...filters, format: file?.endsWith(".csv") ? "csv" : "ndjson" };
    if (file === undefined) {
      let text = "";
      for await (const piece of api.exportRules(query)) text += piece;
      if (text !== "") out(text.trimEnd());
      return EXIT.done;
    }
    using target = await Deno.open(file, { write: true, create: true, truncate: true });
    const utf8 = new TextEncoder();
    for await (const piece of api.exportRules(query)) {
      let bytes = utf8.encode(piece);
      while (bytes.length > 0) bytes = bytes.subarray(await target.write(bytes));
    }
    err(`Written to ${file}.`);
    return EXIT.done;
  },
});
