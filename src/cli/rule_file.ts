import { importLines } from "../control/bulk/lines.ts";
import { HttpProblem } from "../control/http/problem.ts";
import { describeIssue, messageOf } from "../core/errors.ts";
import { fileFault } from "../files/file_fault.ts";
import { readFileText } from "../files/read_file.ts";

/** One rule of a file, with where it stood. */
export interface FileRule {
  readonly path: string;
  /** For messages: "line 3", "rule 2". */
  readonly place: string;
  readonly value: unknown;
}

/** What a file of rules is called in messages. */
export const RULE_FILE = { code: "bad_rule_file", what: "rule file" };

/** The text of a rule file, and how its rules stand in it. */
export interface RuleText {
  readonly path: string;
  readonly text: string;
  /** A JSON value or array; a JSON value a line; a table with a header. */
  readonly form: "json" | "ndjson" | "csv";
}

/**
 * Reads a file of rules: a JSON array or object, one JSON object a line, or CSV, by its name or else by how it begins.
 *
 * @throws {InputError} code `bad_rule_file`, naming the file.
 */
export async function readRuleText(path: string): Promise<RuleText> {
  const text = (await readFileText({ path, kind: RULE_FILE })).replace(/^\ufeff/, "");
  if (/\.[ct]sv(?:\.gz|\.zip)?$/i.test(path) || isTable(text)) return { path, text, form: "csv" };
  return { path, text, form: parseWhole(text) === undefined ? "ndjson" : "json" };
}

/**
 * The rules of a file; empty lines and lines that begin with # are passed over.
 *
 * @throws {InputError} code `bad_rule_file`, naming the file and the line.
 */
export async function readRuleFile(path: string): Promise<readonly FileRule[]> {
  const { text, form } = await readRuleText(path);
  if (form === "csv") return await rowsOf(path, text);
  const whole = parseWhole(text);
  if (whole !== undefined) return whole.map((value, index) => ({ path, place: `rule ${index + 1}`, value }));
  const rules: FileRule[] = [];
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const place = `line ${index + 1}`;
    try {
      rules.push({ path, place, value: JSON.parse(line) });
    } catch (error) {
      throw fileFault({ path, kind: RULE_FILE }, { field: place, reason: `is no JSON: ${messageOf(error)}` });
    }
  }
  return rules;
}

async function rowsOf(path: string, text: string): Promise<readonly FileRule[]> {
  const rules: FileRule[] = [];
  try {
    for await (const { line, input } of importLines(new Blob([text]).stream(), "csv")) {
      rules.push({ path, place: `line ${line}`, value: input });
    }
  } catch (thrown) {
    if (!(thrown instanceof HttpProblem)) throw thrown;
    const [issue] = thrown.issues;
    throw fileFault({ path, kind: RULE_FILE }, {
      reason: issue === undefined ? thrown.message : describeIssue(issue),
    });
  }
  return rules;
}

/** A file of rules as the body of an import: JSON values a line, or CSV. Lines keep their numbers, but in an array. */
export function importBody(
  { text, form }: RuleText,
): { readonly body: string; readonly format: "ndjson" | "csv" } {
  if (form === "csv") return { body: text, format: "csv" };
  if (form === "ndjson") return { body: text.replace(/^#.*$/gm, ""), format: "ndjson" };
  return { body: parseWhole(text)!.map((rule) => `${JSON.stringify(rule)}\n`).join(""), format: "ndjson" };
}

/** Whether the first line is names of columns. */
function isTable(text: string): boolean {
  return /^\s*"?(?:id|symbol|kind)"?\s*[,;\t]/.test(text);
}

/** The rules of a file that is one JSON value; undefined when it is not. */
function parseWhole(text: string): unknown[] | undefined {
  try {
    const value = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch {
    return undefined;
  }
}
