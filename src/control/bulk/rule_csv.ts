import { z } from "@hono/zod-openapi";
import type { SymbolDirectory } from "../../market/directory.ts";
import type { Rule } from "../../rules/rule.ts";
import { RuleInput, RuleView } from "../schemas/rule.ts";
import { exportedRule } from "../views.ts";
import { cellOfList, cellOfMap, cellOfText, jsonOf, listOfCell, mapOfCell, textOfCell } from "./cell.ts";

type Kind = "text" | "list" | "map" | "json" | "flag" | "number or text";

/** What a field's cell has, by the field's schema: a new field of the rule gets its column by itself. */
const KINDS: ReadonlyMap<string, Kind> = new Map(
  Object.entries(RuleInput.shape).map(([name, schema]) => [name, kindOf(schema as z.ZodType)]),
);

/**
 * The columns of an export; an import may have them in any order, and leave out what has a default. Conditions are
 * written as `when`.
 */
export const RULE_COLUMNS: readonly string[] = [...KINDS.keys()].filter((name) =>
  name in RuleView.shape && name !== "conditions"
);

/** The columns an import may have: every way to say a field, and what an answer of the API has besides. */
export const IMPORT_COLUMNS: readonly string[] = [
  ...new Set([...KINDS.keys(), ...Object.keys(RuleView.shape).filter((name) => name !== "warnings")]),
];

function kindOf(schema: z.ZodType): Kind {
  if (
    schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault
  ) return kindOf(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodRecord) return "map";
  if (schema instanceof z.ZodBoolean) return "flag";
  if (schema instanceof z.ZodNumber) return "number or text";
  if (schema instanceof z.ZodArray) {
    const item = kindOf(schema.element as z.ZodType);
    return item === "text" ? "list" : "json";
  }
  if (schema instanceof z.ZodUnion) {
    const kinds = schema.options.map((option) => kindOf(option as z.ZodType));
    return kinds.find((kind) => kind !== "text") ?? "text";
  }
  if (schema instanceof z.ZodObject) return "json";
  return "text";
}

/** A row as the fields of a rule. An empty cell is a field left out. */
export function ruleOfRow(header: readonly string[], cells: readonly string[]): Record<string, unknown> {
  const fields = new Map<string, unknown>();
  header.forEach((name, index) => {
    const cell = cells[index] ?? "";
    if (cell !== "") fields.set(name, fieldOf(KINDS.get(name) ?? "text", cell));
  });
  // Excel takes 005930 for a number and writes 5930: a code of digits alone has six.
  const symbol = fields.get("symbol");
  if (typeof symbol === "string" && /^\d{1,5}$/.test(symbol)) fields.set("symbol", symbol.padStart(6, "0"));
  // A cell too many belongs to no field; it is refused under this name.
  cells.slice(header.length).forEach((cell, index) => {
    if (cell !== "") fields.set(`column ${header.length + index + 1}`, cell);
  });
  return Object.fromEntries(fields);
}

/** What a cell says; text where it says nothing of its kind, to be refused as what it is. */
function fieldOf(kind: Kind, cell: string): unknown {
  const text = textOfCell(cell);
  switch (kind) {
    case "list":
      return listOfCell(cell) ?? text;
    case "map":
      return mapOfCell(cell) ?? text;
    case "json":
      return jsonOf(text) ?? text;
    case "flag":
      return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : text;
    case "number or text":
      return /^\d{1,15}$/.test(text) ? Number(text) : text;
    case "text":
      return text;
  }
}

/** A rule as the cells of {@link RULE_COLUMNS}. */
export function rowOfRule(rule: Rule, directory: SymbolDirectory): string[] {
  const view = exportedRule(rule, directory) as Readonly<Record<string, unknown>>;
  return RULE_COLUMNS.map((name) => cellOf(KINDS.get(name) ?? "text", view[name]));
}

function cellOf(kind: Kind, value: unknown): string {
  if (value === null || value === undefined) return "";
  switch (kind) {
    case "list":
      return cellOfList(value as readonly string[]);
    case "map":
      return cellOfMap(value as Readonly<Record<string, string>>);
    case "json":
      return JSON.stringify(value);
    default:
      return cellOfText(String(value));
  }
}
