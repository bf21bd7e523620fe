/** What a member of a group says of itself when it joins. */
export interface GroupMember {
  readonly memberId: string;
  readonly topics: readonly string[];
  /** The partition numbers it holds now. */
  readonly owned: readonly number[];
  /** The generation in which it got them; a member that was away may claim what others hold since. */
  readonly generation: number;
}

/**
 * Shares partition numbers out among the members of a group: partition p of every topic goes to one member, since the
 * topics are co-partitioned. Members keep what they have as far as the shares stay even (they differ by one at most).
 *
 * A number that has to change hands is given to nobody at first: its holder sees that it has lost it, finishes, and
 * joins again; then it is free. So nobody else stops (the idea of KIP-429).
 *
 * @returns The numbers of each member, ascending.
 */
export function assignPartitions(members: readonly GroupMember[], count: number): Map<string, number[]> {
  const sorted = [...members].sort((a, b) => a.memberId < b.memberId ? -1 : 1);
  const holders = holdersOf(sorted, count);
  const shares = new Map(sorted.map(({ memberId }) => [memberId, [] as number[]]));
  // Who holds more may keep the one that is left over.
  const byHeld = [...sorted].sort((a, b) => heldBy(holders, b).length - heldBy(holders, a).length);
  const quota = new Map(byHeld.map(({ memberId }, index) => {
    const more = index < count % sorted.length ? 1 : 0;
    return [memberId, Math.floor(count / sorted.length) + more];
  }));
  const free: number[] = [];
  for (let number = 0; number < count; number++) {
    const holder = holders.get(number);
    const share = holder === undefined ? undefined : shares.get(holder);
    if (share && holder !== undefined && share.length < (quota.get(holder) ?? 0)) share.push(number);
    else if (holder === undefined) free.push(number);
  }
  for (const { memberId } of sorted) {
    const share = shares.get(memberId) as number[];
    while (share.length < (quota.get(memberId) ?? 0) && free.length > 0) share.push(free.shift() as number);
    share.sort((a, b) => a - b);
  }
  return shares;
}

/** Who holds each number: of several claims the one of the newest generation. */
function holdersOf(members: readonly GroupMember[], count: number): Map<number, string> {
  const holders = new Map<number, string>();
  const newestFirst = [...members].sort((a, b) => b.generation - a.generation);
  for (const { memberId, owned } of newestFirst) {
    for (const number of owned) {
      if (number < count && !holders.has(number)) holders.set(number, memberId);
    }
  }
  return holders;
}

function heldBy(holders: ReadonlyMap<number, string>, member: GroupMember): number[] {
  return [...holders].filter(([, holder]) => holder === member.memberId).map(([number]) => number);
}
