import { isFields } from "../../rules/input_issues.ts";

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
  if ("condition" in patch) {
    merged.delete("comparator");
    merged.delete("value");
  }
  if (!("channels" in patch) && "recipients" in patch) merged.delete("channels");
  if ("kind" in patch) forKind(merged, patch);
  return Object.fromEntries(merged);
}

/** The fields that the new kind does not have. */
function forKind(merged: Map<string, unknown>, patch: Readonly<Record<string, unknown>>): void {
  const drop = (name: string) => {
    if (!Object.hasOwn(patch, name)) merged.delete(name);
  };
  const kind = merged.get("kind");
  if (kind === "target_price" || kind === "목표가") drop("direction");
  if (kind === "price_limit" || kind === "상하한가" || kind === "상/하한가") {
    drop("comparator");
    drop("value");
  }
}
