import { Buffer } from "node:buffer";
import { MemberAssignment, protocolError } from "../../src/adapters/kafka/internals.ts";
import type { Committed } from "../../src/ports/event_log.ts";
import type { Planned, Scheduler } from "./scheduler.ts";

const ILLEGAL_GENERATION = 22;
const UNKNOWN_MEMBER_ID = 25;
const REBALANCE_IN_PROGRESS = 27;

/** A commit as the coordinator takes it. */
export interface TakenCommit {
  readonly place: string;
  readonly member: string;
  /** Whose the partition is; undefined: nobody's just now. */
  readonly owner: string | undefined;
  readonly before: number;
  readonly after: number;
  /** Whether its sender had given up waiting for the answer before it came. */
  readonly isLate: boolean;
}

/** What a member is told when everybody has joined. */
export interface Joined {
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly { memberId: string; memberMetadata: Buffer }[];
}

interface GroupMember {
  readonly id: string;
  readonly sessionMs: number;
  readonly rebalanceMs: number;
  metadata: Buffer;
  /** Answers its join; undefined when it has not asked since the last generation. */
  join: PromiseWithResolvers<Joined> | undefined;
  sync: PromiseWithResolvers<Buffer> | undefined;
  assignment: Buffer | undefined;
  expiry: Planned | undefined;
}

/**
 * A consumer group at its coordinator, by Kafka's classic protocol: GroupCoordinator and GroupMetadata of Apache Kafka 3,
 * as far as our client uses it. Not modelled: static members, several protocols, the loss of the coordinator.
 */
export class KafkaGroup {
  readonly committed = new Map<string, Committed>();
  /** The farthest offset that was ever committed of each partition: a late commit puts it back. */
  readonly farthest = new Map<string, number>();
  /** Called with each commit that is taken, before it is. */
  onCommit: (commit: TakenCommit) => void = () => {};
  readonly #scheduler: Scheduler;
  readonly #name: string;
  readonly #members = new Map<string, GroupMember>();
  #generation = 0;
  #state: "empty" | "preparing" | "completing" | "stable" = "empty";
  #deadline: Planned | undefined;
  #made = 0;
  /** Members that were put out, and commits that were refused, since the start. */
  expired = 0;
  fenced = 0;
  rebalances = 0;

  constructor(scheduler: Scheduler, name: string) {
    this.#scheduler = scheduler;
    this.#name = name;
  }

  join(
    asked: { memberId: string; metadata: Buffer; sessionMs: number; rebalanceMs: number },
  ): Promise<Joined> {
    const { memberId, metadata, sessionMs, rebalanceMs } = asked;
    if (memberId !== "" && !this.#members.has(memberId)) throw protocolError(UNKNOWN_MEMBER_ID);
    const id = memberId === "" ? `${this.#name}-${this.#made++}` : memberId;
    let member = this.#members.get(id);
    if (member === undefined) {
      member = {
        id,
        sessionMs,
        rebalanceMs,
        metadata,
        join: undefined,
        sync: undefined,
        assignment: undefined,
        expiry: undefined,
      };
      this.#members.set(id, member);
    }
    member.metadata = metadata;
    member.join?.reject(protocolError(UNKNOWN_MEMBER_ID));
    member.join = Promise.withResolvers<Joined>();
    member.expiry?.cancel();
    const { promise } = member.join;
    if (this.#state === "preparing") this.#completeWhenAllJoined();
    else this.#prepare();
    return promise;
  }

  sync(asked: {
    memberId: string;
    generationId: number;
    assignments: readonly { memberId: string; memberAssignment: Buffer }[];
  }): Promise<Buffer> {
    const member = this.#known(asked.memberId, asked.generationId);
    if (this.#state === "preparing") throw protocolError(REBALANCE_IN_PROGRESS);
    this.#hear(member);
    if (this.#state === "stable") return Promise.resolve(member.assignment ?? Buffer.alloc(0));
    member.sync = Promise.withResolvers<Buffer>();
    const { promise } = member.sync;
    if (asked.assignments.length > 0) {
      for (const { memberId, memberAssignment } of asked.assignments) {
        const one = this.#members.get(memberId);
        if (one !== undefined) one.assignment = memberAssignment;
      }
      this.#state = "stable";
      for (const one of this.#members.values()) {
        one.sync?.resolve(one.assignment ?? Buffer.alloc(0));
        one.sync = undefined;
      }
    }
    return promise;
  }

  heartbeat(memberId: string, generationId: number): void {
    const member = this.#known(memberId, generationId);
    this.#hear(member);
    if (this.#state === "preparing") throw protocolError(REBALANCE_IN_PROGRESS);
  }

  leave(memberId: string): void {
    const member = this.#members.get(memberId);
    if (member === undefined) throw protocolError(UNKNOWN_MEMBER_ID);
    this.#remove(member);
  }

  /** Stores offsets, unless the member is not of this generation. */
  commit(
    memberId: string,
    generationId: number,
    offsets: ReadonlyMap<string, Committed>,
    isLate = false,
  ): void {
    try {
      const member = this.#known(memberId, generationId);
      this.#hear(member);
      if (this.#state === "completing") throw protocolError(REBALANCE_IN_PROGRESS);
    } catch (thrown) {
      this.fenced++;
      throw thrown;
    }
    for (const [place, position] of offsets) {
      const owner = this.#ownerOf(place);
      const before = this.committed.get(place)?.offset ?? 0;
      this.onCommit({ place, member: memberId, owner, before, after: position.offset, isLate });
      this.committed.set(place, position);
      this.farthest.set(place, Math.max(position.offset, this.farthest.get(place) ?? 0));
    }
  }

  /** Whose a partition is in this generation; undefined while nobody's. */
  #ownerOf(place: string): string | undefined {
    const [topic = "", partition] = place.split("/");
    for (const { id, assignment } of this.#members.values()) {
      const owned = assignment === undefined
        ? undefined
        : MemberAssignment.decode(assignment)?.assignment[topic];
      if (owned?.includes(Number(partition))) return id;
    }
    return undefined;
  }

  #known(memberId: string, generationId: number): GroupMember {
    const member = this.#members.get(memberId);
    if (member === undefined) throw protocolError(UNKNOWN_MEMBER_ID);
    if (generationId !== this.#generation) throw protocolError(ILLEGAL_GENERATION);
    return member;
  }

  /** It lives: its session begins anew. */
  #hear(member: GroupMember): void {
    member.expiry?.cancel();
    // Who waits for the others to join is not expected to be heard.
    if (member.join !== undefined) return;
    member.expiry = this.#scheduler.after(member.sessionMs, `${member.id} expires`, () => {
      this.expired++;
      this.#remove(member);
    });
  }

  #remove(member: GroupMember): void {
    if (this.#members.get(member.id) !== member) return;
    this.#members.delete(member.id);
    member.expiry?.cancel();
    member.join?.reject(protocolError(UNKNOWN_MEMBER_ID));
    member.sync?.reject(protocolError(UNKNOWN_MEMBER_ID));
    if (this.#members.size === 0) {
      this.#deadline?.cancel();
      this.#state = "empty";
      this.#generation++;
    } else if (this.#state === "preparing") this.#completeWhenAllJoined();
    else this.#prepare();
  }

  #prepare(): void {
    this.rebalances++;
    this.#state = "preparing";
    for (const member of this.#members.values()) {
      member.sync?.reject(protocolError(REBALANCE_IN_PROGRESS));
      member.sync = undefined;
    }
    const limit = Math.max(...[...this.#members.values()].map(({ rebalanceMs }) => rebalanceMs));
    this.#deadline?.cancel();
    this.#deadline = this.#scheduler.after(limit, `the rebalance of ${this.#name} is over`, () => {
      for (const member of [...this.#members.values()]) {
        if (member.join === undefined) {
          this.expired++;
          this.#members.delete(member.id);
          member.expiry?.cancel();
        }
      }
      this.#completeWhenAllJoined();
    });
    this.#completeWhenAllJoined();
  }

  #completeWhenAllJoined(): void {
    const members = [...this.#members.values()];
    if (this.#state !== "preparing" || members.length === 0) return;
    if (members.some(({ join }) => join === undefined)) return;
    this.#deadline?.cancel();
    this.#generation++;
    this.#state = "completing";
    const leaderId = (members[0] as GroupMember).id;
    const all = members.map(({ id, metadata }) => ({ memberId: id, memberMetadata: metadata }));
    for (const member of members) {
      const { join } = member;
      member.join = undefined;
      member.assignment = undefined;
      this.#hear(member);
      join?.resolve({
        generationId: this.#generation,
        leaderId,
        memberId: member.id,
        members: member.id === leaderId ? all : [],
      });
    }
  }
}
