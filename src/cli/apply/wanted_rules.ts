import { basename, resolve } from "node:path";
import { InputError, type InputIssue } from "../../core/errors.ts";
import { filesOf } from "../../files/visible_files.ts";
import { isFields } from "../../rules/input_issues.ts";
import { type FileRule, readRuleFile, RULE_FILE } from "../rule_file.ts";
import { SET_LABEL } from "./rule_plan.ts";

/** A rule of the files, with its id and the label that says where it is from. */
export interface WantedRule extends FileRule {
  readonly id: string;
}

/** The name of a set of rules: that of its file or folder. */
export function setNameOf(path: string): string {
  return basename(resolve(path.split(",", 1)[0]!.trim())).normalize("NFC").slice(0, 200);
}

/**
 * The rules of a file, or of the files of a folder, each with an id and the set's label.
 *
 * @throws {InputError} code `bad_rule_file`, naming file and line: it cannot be read, or an id stands twice.
 */
export async function wantedRules(path: string, set: string): Promise<readonly WantedRule[]> {
  const rules: WantedRule[] = [];
  const places = new Map<string, FileRule>();
  for (const file of await filesOf(path, RULE_FILE)) {
    for (const rule of await readRuleFile(file)) {
      const id = await idOf(rule.value);
      const first = places.get(id);
      if (first !== undefined) throw twice(rule, first, id);
      places.set(id, rule);
      rules.push({ ...rule, id, value: labelled(rule.value, id, set) });
    }
  }
  return rules;
}

function labelled(value: unknown, id: string, set: string): unknown {
  if (!isFields(value)) return value;
  const labels = isFields(value.labels) ? value.labels : value.labels === undefined ? {} : undefined;
  // Labels that are none are refused as they are.
  return labels === undefined ? { ...value, id } : { ...value, id, labels: { ...labels, [SET_LABEL]: set } };
}

async function idOf(value: unknown): Promise<string> {
  return isFields(value) && typeof value.id === "string" && value.id !== "" ? value.id : await madeId(value);
}

/** The id of a file's rule that has none: the same for the same rule, whatever the order of its fields. */
async function madeId(value: unknown): Promise<string> {
  const canonical = JSON.stringify(
    value,
    (_, part) =>
      isFields(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : 1)) : part,
  );
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical));
  return `file-${new Uint8Array(digest).toHex().slice(0, 20)}`;
}

function twice(rule: FileRule, first: FileRule, id: string): InputError {
  const where = first.path === rule.path ? first.place : `${first.path} ${first.place}`;
  return refusedRules([{
    rule,
    field: "id",
    issue: { code: "id_twice", reason: `stands there twice, first in ${where}`, value: id },
  }]);
}

/** What is wrong with rules of files, each with its place. */
export function refusedRules(
  faults: readonly {
    readonly rule: FileRule;
    readonly field: string;
    readonly issue: Omit<InputIssue, "field">;
  }[],
): InputError {
  const paths = new Set(faults.map(({ rule }) => rule.path));
  const [path] = paths;
  const issues = faults.map(({ rule, field, issue }) => {
    const place = paths.size === 1 ? rule.place : `${rule.path} ${rule.place}`;
    return { ...issue, field: field === "" ? place : `${place}, ${field}` };
  });
  return new InputError(
    "bad_rule_file",
    issues,
    `Cannot read rule file${paths.size === 1 ? ` ${path}` : "s"}`,
  );
}
