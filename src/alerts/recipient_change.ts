import type { RecipientSettings } from "./recipient_settings.ts";

/**
 * A record of a recipient's settings has all of them, as its writer knew them; its header says which of them it changes. So
 * a writer that did not know the newest (another instance of control, one whose write was long on its way) undoes nothing
 * that it did not mean to.
 *
 * @module
 */

/** What a record changes: `suppression:1764547200000,quietHours`; the number is that of what it permits anew, see {@link changeOf}. */
export const CHANGED_HEADER = "changed";

/** The header of a record that says again what stands. */
export const NO_FIELD = "none";

/** What can be changed by itself. */
export const RECIPIENT_FIELDS = ["suppression", "quietHours", "consent"] as const;
export type RecipientField = typeof RECIPIENT_FIELDS[number];

/** Since when a setting keeps every message from a recipient, epoch ms; undefined: it does not. */
function forbidsSince(
  { suppression, consent }: RecipientSettings,
  field: RecipientField,
): number | undefined {
  if (field === "suppression") return suppression?.at;
  return field === "consent" && consent?.state === "stopped" ? consent.at : undefined;
}

/**
 * The header of a change: who permits again names the suppression or the stop that it knew.
 *
 * @param before the settings that the change was made of.
 */
export function changeOf(fields: readonly RecipientField[], before: RecipientSettings): string {
  return fields.map((field) => {
    const since = forbidsSince(before, field);
    return since === undefined ? field : `${field}:${since}`;
  }).join();
}

/**
 * A recipient's settings once a record's change is made to them. What forbids stays unless the record's writer knew it.
 *
 * @param said all that the record says.
 * @param changed its header.
 */
export function afterChange(
  known: RecipientSettings,
  said: RecipientSettings,
  changed: string,
): RecipientSettings {
  let after = known;
  for (const part of changed.split(",")) {
    const [name, over] = part.split(":");
    const field = RECIPIENT_FIELDS.find((one) => one === name);
    if (field === undefined) continue;
    const next = withField(after, field, said);
    const since = forbidsSince(after, field);
    const permits = since !== undefined && forbidsSince(next, field) === undefined;
    if (!permits || over === String(since)) after = { ...next, updatedAt: said.updatedAt };
  }
  return after;
}

function withField(
  settings: RecipientSettings,
  field: RecipientField,
  said: RecipientSettings,
): RecipientSettings {
  if (field !== "consent") return { ...settings, [field]: said[field] };
  const { consent: _, ...others } = settings;
  return said.consent === undefined ? others : { ...others, consent: said.consent };
}

/** Whether two say the same, whenever they were changed. */
export function saysTheSame(one: RecipientSettings, other: RecipientSettings): boolean {
  const text = ({ suppression, quietHours, consent }: RecipientSettings) =>
    JSON.stringify([suppression, quietHours, consent]);
  return text(one) === text(other);
}
