import type { Rule } from "../../rules/rule.ts";
import { DRAFT_FIELDS } from "../../rules/parse_rule.ts";
import { formatInstant } from "../../rules/parse_instant.ts";
import { publicRuleId } from "../../rules/tenancy.ts";
import { csvLine } from "./csv.ts";

/** The columns of an export; an import may have them in any order, and leave out what has a default. */
export const RULE_COLUMNS = DRAFT_FIELDS.filter((name) => name !== "condition");

/** A row as the fields of a rule: lists with ; between, labels as name=value. An empty cell is a field left out. */
export function ruleOfRow(header: readonly string[], cells: readonly string[]): Record<string, unknown> {
  const fields = new Map<string, unknown>();
  header.forEach((name, index) => {
    const cell = cells[index] ?? "";
    if (cell !== "") fields.set(name, fieldOf(name, cell));
  });
  // A cell too many belongs to no field; it is refused under this name.
  if (cells.length > header.length) fields.set(`column ${header.length + 1}`, cells[header.length]);
  return Object.fromEntries(fields);
}

function fieldOf(name: string, cell: string): unknown {
  switch (name) {
    case "recipients":
    case "channels":
      return cell.split(";").map((part) => part.trim()).filter((part) => part !== "");
    case "labels":
      return Object.fromEntries(
        cell.split(";").filter(Boolean).map((label) => {
          const at = label.indexOf("=");
          return at < 0 ? [label, ""] : [label.slice(0, at), label.slice(at + 1)];
        }),
      );
    case "enabled":
      return cell === "true" ? true : cell === "false" ? false : cell;
    case "expiresAt":
      return /^\d+$/.test(cell) ? Number(cell) : cell;
    default:
      return cell;
  }
}

/** A rule as a row of {@link RULE_COLUMNS}. */
export function rowOfRule(rule: Rule): string {
  const cells: Record<typeof RULE_COLUMNS[number], string> = {
    id: publicRuleId(rule.tenant, rule.id),
    symbol: rule.symbol,
    kind: rule.kind,
    comparator: rule.comparator ?? "",
    value: rule.value ?? "",
    direction: rule.direction ?? "",
    recipients: rule.recipients.join(";"),
    channels: rule.channels.join(";"),
    locale: rule.locale,
    note: rule.note,
    labels: Object.entries(rule.labels).map(([name, value]) => `${name}=${value}`).join(";"),
    enabled: String(rule.enabled),
    expiresAt: rule.expiresAt === null ? "" : formatInstant(rule.expiresAt),
  };
  return csvLine(RULE_COLUMNS.map((name) => cells[name]));
}
