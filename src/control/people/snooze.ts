import type { Silence } from "../../alerts/silences.ts";
import { silenceRecord, type Silences } from "../../books/silences.ts";
import type { NewRecord } from "../../ports/event_log.ts";
import type { Rule } from "../../rules/rule.ts";
import { hashSecret } from "../auth/secret.ts";

/** What the ids of snoozes begin with: one for each rule, a new one in place of the one before. */
const PREFIX = "snooze-";
/** How long a snooze that is over is kept, ms. */
const KEPT_MS = 86_400_000;

/** A rule's own silence for a while: for all, or for one of its recipients. Times are epoch ms. */
export function snoozeOf(
  rule: Pick<Rule, "id" | "tenant">,
  given: { readonly now: number; readonly until: number; readonly by: string; readonly recipient?: string },
): Silence {
  const { now, until, by, recipient } = given;
  const whose = recipient === undefined ? [] : [{ field: "recipient", value: recipient } as const];
  return {
    id: idOf(rule, recipient),
    tenant: rule.tenant,
    matchers: [{ field: "ruleId", value: rule.id }, ...whose],
    from: now,
    until,
    by,
    comment: "snoozed",
    createdAt: now,
  };
}

/** Until when a rule is snoozed, epoch ms; undefined when it is not. @param recipient for one recipient alone. */
export function snoozedUntil(
  silences: Silences,
  rule: Pick<Rule, "id" | "tenant">,
  now: number,
  recipient?: string,
): number | undefined {
  const snooze = silences.get(idOf(rule, recipient));
  return snooze !== undefined && snooze.tenant === rule.tenant && now < snooze.until
    ? snooze.until
    : undefined;
}

/** Whether a silence is a snooze: it counts among nobody's silences. */
export function isSnooze({ id }: Silence): boolean {
  return id.startsWith(PREFIX);
}

/** Tombstones for snoozes that are over. */
export function overSnoozes(silences: Silences, now: number): readonly NewRecord[] {
  const over = silences.all().filter((silence) => isSnooze(silence) && silence.until + KEPT_MS < now);
  return over.slice(0, 1_000).map((silence) => silenceRecord(silence, now, true));
}

/** By the stored rule's id, which may be longer than an id of a silence should be. */
function idOf({ id }: Pick<Rule, "id">, recipient?: string): string {
  return PREFIX + hashSecret(recipient === undefined ? id : `${id} ${recipient}`).slice(0, 24);
}
