import type { DraftField, FormDraft } from "../state/rule_draft.ts";
import { MAX_CONDITIONS } from "../../rules/condition.ts";
import type { FormField } from "./form_fields.ts";
import type { FieldName, RuleFields } from "./rule_fields.ts";

/** What is wrong, at a field as the API or the page names it; "" is the form as a whole. */
export interface FormFault {
  readonly field: string;
  readonly reason: string;
}

/**
 * Puts each fault at its field, and the focus at the first; where none is wrong any more nothing is shown.
 *
 * @param options.shown Called with each field at which something is wrong.
 * @returns what belongs to no field that is shown.
 */
export function showFaults(
  { fields, conditions }: RuleFields,
  faults: readonly FormFault[],
  { mode, shown }: { readonly mode: FormDraft["mode"]; readonly shown: (field: FormField) => void },
): readonly string[] {
  for (const field of Object.values(fields)) field.fault("");
  for (let at = 0; at < MAX_CONDITIONS; at++) conditions.fault(at, "");
  const general: string[] = [];
  let first: (() => void) | undefined;
  for (const { field: path, reason } of faults) {
    const at = /^conditions\[(\d+)\]/.exec(path)?.[1];
    if (at !== undefined && mode === "builder") {
      conditions.fault(Number(at), reason);
      first ??= () => conditions.focus(Number(at));
      continue;
    }
    const field = fieldOf(fields, path);
    if (field === undefined) {
      general.push(path === "" ? reason : `${path}: ${reason}`);
      continue;
    }
    field.fault(reason);
    shown(field);
    first ??= () => field.focus();
  }
  first?.();
  return general;
}

/** "recipients[1]" is shown at the recipients, "expiresAt" at the expiry; a hidden field shows nothing. */
function fieldOf(fields: RuleFields["fields"], path: string): FormField | undefined {
  const name = path.replace(/[.[].*$/, "").replace("expiresAt", "expires") as DraftField;
  const field = Object.hasOwn(fields, name) ? fields[name as FieldName] : undefined;
  return field?.element.hidden ? undefined : field;
}
