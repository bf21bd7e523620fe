/** What a member of a group says of itself when it joins. */
export interface GroupMember {
  readonly memberId: string;
  readonly topics: readonly string[];
  /** The partition numbers it owns now. */
  readonly owned: readonly number[];
  /** The generation in which it got them; a member that was away may claim what others own since. */
  readonly generation: number;
}

/**
 * Shares partition numbers out among the members of a group: partition p of every topic goes to one member, since the
 * topics are co-partitioned. Members keep what they have as far as the shares stay even (they differ by one at most).
 *
 * A number that has to change hands is given to nobody at first: its owner sees that it has lost it, finishes, and
 * joins again; then it is free. So nobody else stops (the idea of KIP-429).
 *
 * @returns The numbers of each member, ascending.
 */
export function assignPartitions(members: readonly GroupMember[], count: number): Map<string, number[]> {
  const sorted = [...members].sort((a, b) => a.memberId < b.memberId ? -1 : 1);
  const owners = ownersOf(sorted, count);
  const shares = new Map(sorted.map(({ memberId }) => [memberId, [] as number[]]));
  // Who owns more may keep the one that is left over.
  const bySize = [...sorted].sort((a, b) => ownedBy(owners, b).length - ownedBy(owners, a).length);
  const quota = new Map(bySize.map(({ memberId }, index) => {
    const more = index < count % sorted.length ? 1 : 0;
    return [memberId, Math.floor(count / sorted.length) + more];
  }));
  const free: number[] = [];
  for (let number = 0; number < count; number++) {
    const owner = owners.get(number);
    const share = owner === undefined ? undefined : shares.get(owner);
    if (share && owner !== undefined && share.length < (quota.get(owner) ?? 0)) share.push(number);
    else if (owner === undefined) free.push(number);
  }
  for (const { memberId } of sorted) {
    const share = shares.get(memberId) as number[];
    while (share.length < (quota.get(memberId) ?? 0) && free.length > 0) share.push(free.shift() as number);
    share.sort((a, b) => a - b);
  }
  return shares;
}

/** Who owns each number: of several claims the one of the newest generation. */
function ownersOf(members: readonly GroupMember[], count: number): Map<number, string> {
  const owners = new Map<number, string>();
  const newestFirst = [...members].sort((a, b) => b.generation - a.generation);
  for (const { memberId, owned } of newestFirst) {
    for (const number of owned) {
      if (number < count && !owners.has(number)) owners.set(number, memberId);
    }
  }
  return owners;
}

function ownedBy(owners: ReadonlyMap<number, string>, member: GroupMember): number[] {
  return [...owners].filter(([, owner]) => owner === member.memberId).map(([number]) => number);
}
