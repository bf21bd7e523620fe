import type { FeedUnit } from "./messages.ts";
import { unitKey } from "./messages.ts";

/** A session as the plan sees it. */
export interface PlannedSession {
  /** How many registrations it may have; 0 while it is lost or stopped. */
  readonly capacity: number;
  /** What it has or has been asked to register: since when, epoch ms, by unit key. */
  readonly taken: ReadonlyMap<string, { readonly unit: FeedUnit; readonly since: number }>;
}

/** What {@link plan} is given. */
export interface PlanInput {
  /** What is wanted, most important first, each once. */
  readonly wanted: readonly FeedUnit[];
  readonly sessions: readonly PlannedSession[];
  readonly now: number;
  /** A wanted unit that `keeps` is not displaced by a more important one before it has been there so long, ms. */
  readonly keepMs: number;
  /** Whether a unit has a right to its place; all others give way at once. */
  readonly keeps: (unit: FeedUnit) => boolean;
  /** Until when, epoch ms, a unit that is wanted no more stays where there is room, by unit key. */
  readonly lingering: ReadonlyMap<string, number>;
}

/** What each session is to have, most important first, and what found no place. */
export interface Plan {
  readonly targets: readonly (readonly FeedUnit[])[];
  readonly refused: readonly FeedUnit[];
}

/**
 * Spreads registrations over sessions. What a session has stays with it, so that no plan makes a loop of subscribes;
 * the rest goes where there is most room. Units that are wanted no more linger where nothing needs their place.
 */
export function plan({ wanted, sessions, now, keepMs, keeps, lingering }: PlanInput): Plan {
  const room = sessions.reduce((sum, session) => sum + session.capacity, 0);
  const owners = new Map<string, number>();
  sessions.forEach((session, index) => {
    if (session.capacity === 0) return;
    for (const key of session.taken.keys()) owners.set(key, index);
  });
  const chosen = choose({ wanted, sessions, now, keepMs, keeps, room, owners });
  const chosenKeys = new Set(chosen.map(unitKey));
  for (const { taken } of sessions) {
    for (const [key, { unit }] of taken) {
      if (chosen.length >= room) break;
      if (chosenKeys.has(key) || (lingering.get(key) ?? 0) <= now || !owners.has(key)) continue;
      chosenKeys.add(key);
      chosen.push(unit);
    }
  }
  return {
    targets: place(chosen, sessions, owners),
    refused: wanted.filter((unit) => !chosenKeys.has(unitKey(unit))),
  };
}

interface Choice extends Omit<PlanInput, "lingering"> {
  readonly room: number;
  readonly owners: ReadonlyMap<string, number>;
}

function choose({ wanted, sessions, now, keepMs, keeps, room, owners }: Choice): FeedUnit[] {
  if (wanted.length <= room) return [...wanted];
  const isNew = (unit: FeedUnit) => {
    const owner = owners.get(unitKey(unit));
    const since = owner === undefined ? undefined : sessions[owner]?.taken.get(unitKey(unit))?.since;
    return since !== undefined && now - since < keepMs && keeps(unit);
  };
  const kept = wanted.slice(room).filter(isNew).slice(0, room);
  return [...wanted.slice(0, room - kept.length), ...kept];
}

function place(
  chosen: readonly FeedUnit[],
  sessions: readonly PlannedSession[],
  owners: ReadonlyMap<string, number>,
): FeedUnit[][] {
  const targets = sessions.map((): FeedUnit[] => []);
  const homeless: FeedUnit[] = [];
  for (const unit of chosen) {
    const owner = owners.get(unitKey(unit));
    const target = owner === undefined ? undefined : targets[owner];
    if (target !== undefined && target.length < (sessions[owner as number] as PlannedSession).capacity) {
      target.push(unit);
    } else homeless.push(unit);
  }
  for (const unit of homeless) {
    let best = -1;
    let most = 0;
    sessions.forEach((session, index) => {
      const free = session.capacity - (targets[index] as FeedUnit[]).length;
      if (free > most) [best, most] = [index, free];
    });
    (targets[best] as FeedUnit[]).push(unit);
  }
  const rank = new Map(chosen.map((unit, index) => [unitKey(unit), index]));
  return targets.map((units) =>
    units.sort((a, b) => (rank.get(unitKey(a)) ?? 0) - (rank.get(unitKey(b)) ?? 0))
  );
}
