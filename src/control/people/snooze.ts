import type { Silence } from "../../alerts/silences.ts";
import { silenceRecord, type Silences } from "../../books/silences.ts";
import type { NewRecord } from "../../ports/event_log.ts";
import type { Rule } from "../../rules/rule.ts";
import { publicRuleId } from "../../rules/tenancy.ts";
import type { Actor } from "../auth/principal.ts";
import { hashSecret } from "../auth/secret.ts";
import type { Services } from "../routes/services.ts";

/** What the ids of snoozes begin with: one for each rule, a new one in place of the one before. */
const PREFIX = "snooze-";
/** How long a snooze that is over is kept, ms. */
const KEPT_MS = 86_400_000;

type RuleName = Pick<Rule, "id" | "tenant">;

/** What snoozes are written with. */
type SnoozeServices = Pick<Services, "deps" | "topics" | "silences">;

/** Whose rule, and for which of its recipients alone; for all where none is given. */
interface Snoozed {
  readonly rule: Rule;
  readonly recipient?: string | undefined;
}

/** Keeps a rule's messages back until a time, epoch ms. @throws {OutsideError} when it cannot be stored. */
export async function snooze(
  { deps: { clock }, topics }: SnoozeServices,
  { rule, recipient }: Snoozed,
  { until, actor }: { readonly until: number; readonly actor: Actor },
): Promise<void> {
  const now = clock.now();
  const whose = recipient === undefined ? [] : [{ field: "recipient", value: recipient } as const];
  const silence: Silence = {
    id: idOf(rule, recipient),
    tenant: rule.tenant,
    matchers: [{ field: "ruleId", value: rule.id }, ...whose],
    from: now,
    until,
    by: actor.who.subject,
    comment: "snoozed",
    createdAt: now,
  };
  const target = publicRuleId(rule.tenant, rule.id);
  const entry = { action: "rule.snoozed", target, before: null, after: { until } };
  await topics.append([silenceRecord(silence, now)], [{ ...entry, actor }]);
}

/** Ends a rule's snoozes: that for all, and that of a recipient. @throws {OutsideError} when it cannot be stored. */
export async function endSnoozes(
  { deps: { clock }, topics, silences }: SnoozeServices,
  { rule, recipient }: Snoozed,
  actor: Actor,
): Promise<void> {
  const now = clock.now();
  const whose = recipient === undefined ? [undefined] : [undefined, recipient];
  const running = whose.flatMap((one) => runningSnooze(silences, rule, now, one) ?? []);
  if (running.length === 0) return;
  const target = publicRuleId(rule.tenant, rule.id);
  const entry = { action: "rule.resumed", target, before: null, after: null };
  await topics.append(running.map((silence) => silenceRecord(silence, now, true)), [{ ...entry, actor }]);
}

/** Until when a rule is snoozed, epoch ms; undefined when it is not. @param recipient for one recipient alone. */
export function snoozedUntil(
  silences: Silences,
  rule: RuleName,
  now: number,
  recipient?: string,
): number | undefined {
  return runningSnooze(silences, rule, now, recipient)?.until;
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

function runningSnooze(
  silences: Silences,
  rule: RuleName,
  now: number,
  recipient: string | undefined,
): Silence | undefined {
  const snooze = silences.get(idOf(rule, recipient));
  return snooze !== undefined && snooze.tenant === rule.tenant && now < snooze.until ? snooze : undefined;
}

/** By the stored rule's id, which may be longer than an id of a silence should be. */
function idOf({ id }: Pick<Rule, "id">, recipient?: string): string {
  return PREFIX + hashSecret(recipient === undefined ? id : `${id} ${recipient}`).slice(0, 24);
}
