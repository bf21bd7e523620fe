import type { Unit } from "./messages.ts";
import { unitKey } from "./messages.ts";

/** A session as the plan sees it. */
export interface PlannedSession {
  /** How many registrations it may hold; 0 while it is lost or stopped. */
  readonly capacity: number;
  /** What it holds or has been asked to register: since when, epoch ms, by unit key. */
  readonly held: ReadonlyMap<string, { readonly unit: Unit; readonly since: number }>;
}

/** What {@link plan} is given. */
export interface PlanInput {
  /** What is wanted, most important first, each once. */
  readonly wanted: readonly Unit[];
  readonly sessions: readonly PlannedSession[];
  readonly now: number;
  /** A wanted unit that `keeps` is not displaced by a more important one before it has been held so long, ms. */
  readonly holdMs: number;
  /** Whether a unit has a right to its hold; all others give way at once. */
  readonly keeps: (unit: Unit) => boolean;
  /** Until when, epoch ms, a unit that is wanted no more stays where there is room, by unit key. */
  readonly lingering: ReadonlyMap<string, number>;
}

/** What each session is to hold, most important first, and what found no place. */
export interface Plan {
  readonly targets: readonly (readonly Unit[])[];
  readonly refused: readonly Unit[];
}

/**
 * Spreads registrations over sessions. What a session holds stays with it, so that no plan makes a loop of subscribes;
 * the rest goes where there is most room. Units that are wanted no more linger where nothing needs their place.
 */
export function plan({ wanted, sessions, now, holdMs, keeps, lingering }: PlanInput): Plan {
  const room = sessions.reduce((sum, session) => sum + session.capacity, 0);
  const holders = new Map<string, number>();
  sessions.forEach((session, index) => {
    if (session.capacity === 0) return;
    for (const key of session.held.keys()) holders.set(key, index);
  });
  const chosen = choose({ wanted, sessions, now, holdMs, keeps, room, holders });
  const chosenKeys = new Set(chosen.map(unitKey));
  for (const { held } of sessions) {
    for (const [key, { unit }] of held) {
      if (chosen.length >= room) break;
      if (chosenKeys.has(key) || (lingering.get(key) ?? 0) <= now || !holders.has(key)) continue;
      chosenKeys.add(key);
      chosen.push(unit);
    }
  }
  return {
    targets: place(chosen, sessions, holders),
    refused: wanted.filter((unit) => !chosenKeys.has(unitKey(unit))),
  };
}

interface Choice extends Omit<PlanInput, "lingering"> {
  readonly room: number;
  readonly holders: ReadonlyMap<string, number>;
}

function choose({ wanted, sessions, now, holdMs, keeps, room, holders }: Choice): Unit[] {
  if (wanted.length <= room) return [...wanted];
  const isNew = (unit: Unit) => {
    const holder = holders.get(unitKey(unit));
    const since = holder === undefined ? undefined : sessions[holder]?.held.get(unitKey(unit))?.since;
    return since !== undefined && now - since < holdMs && keeps(unit);
  };
  const kept = wanted.slice(room).filter(isNew).slice(0, room);
  return [...wanted.slice(0, room - kept.length), ...kept];
}

function place(
  chosen: readonly Unit[],
  sessions: readonly PlannedSession[],
  holders: ReadonlyMap<string, number>,
): Unit[][] {
  const targets = sessions.map((): Unit[] => []);
  const homeless: Unit[] = [];
  for (const unit of chosen) {
    const holder = holders.get(unitKey(unit));
    const target = holder === undefined ? undefined : targets[holder];
    if (target !== undefined && target.length < (sessions[holder as number] as PlannedSession).capacity) {
      target.push(unit);
    } else homeless.push(unit);
  }
  for (const unit of homeless) {
    let best = -1;
    let most = 0;
    sessions.forEach((session, index) => {
      const free = session.capacity - (targets[index] as Unit[]).length;
      if (free > most) [best, most] = [index, free];
    });
    (targets[best] as Unit[]).push(unit);
  }
  const rank = new Map(chosen.map((unit, index) => [unitKey(unit), index]));
  return targets.map((units) =>
    units.sort((a, b) => (rank.get(unitKey(a)) ?? 0) - (rank.get(unitKey(b)) ?? 0))
  );
}
