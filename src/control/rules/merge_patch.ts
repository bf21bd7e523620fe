import { isFields } from "../../rules/input_issues.ts";
import { kindNamed } from "../../rules/parse_shorthand.ts";

/**
 * RFC 7396 for a rule: null takes a field away, objects (labels) are merged, everything else is put in place. A new kind
 * takes away what belongs to the old one only, unless the patch says it.
 */
export function mergePatch(
  target: Readonly<Record<string, unknown>> | object,
  patch: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged = new Map<string, unknown>(Object.entries(target));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else if (isFields(value)) {
      const before = merged.get(name);
      merged.set(name, mergePatch(isFields(before) ? before : {}, value));
    } else merged.set(name, value);
  }
  forConditions(merged, patch);
  if (!("channels" in patch) && "recipients" in patch) merged.delete("channels");
  if ("kind" in patch) forKind(merged, patch);
  return Object.fromEntries(merged);
}

/** What a rule waits for is said in one form: a patch in another form puts the old one away. */
const FORMS = [["when"], ["conditions"], ["kind", "comparator", "value", "direction", "condition"]] as const;

function forConditions(merged: Map<string, unknown>, patch: Readonly<Record<string, unknown>>): void {
  const given = FORMS.filter((form) => form.some((name) => (patch[name] ?? null) !== null));
  if (given.length > 0) {
    for (const form of FORMS) if (!given.includes(form)) { for (const name of form) merged.delete(name); }
  }
  if ("condition" in patch) {
    merged.delete("comparator");
    merged.delete("value");
  }
  const target = ["symbol", "symbols", "market"].find((name) => (patch[name] ?? null) !== null);
  if (target === undefined) return;
  for (const name of ["symbol", "symbols", "market"]) {
    if (name !== target && !(name in patch)) merged.delete(name);
  }
}

/** The fields that the new kind does not have. */
function forKind(merged: Map<string, unknown>, patch: Readonly<Record<string, unknown>>): void {
  const drop = (name: string) => {
    if (!Object.hasOwn(patch, name)) merged.delete(name);
  };
  const kind = kindNamed(merged.get("kind"));
  if (kind === "target_price") drop("direction");
  if (kind === "price_limit") {
    drop("comparator");
    drop("value");
  }
}
