import { IdIndex } from "../core/id_index.ts";

/** A rule id that is known without a rule: its rule was removed, or an alert of it was read back first. */
interface Ghost {
  readonly id: string;
  readonly ordinal: number;
  /** When no window remembers any more what it fired, epoch ms of the partition's time. */
  readonly until: number;
}

/**
 * Ordinals: the dense numbers that stand for armings of rules in bitmaps and lanes, each under its key. A key keeps its
 * ordinal through every edit, and after its removal for as long as a window lives that may have seen it, so that a rule
 * which is removed and added again does not fire twice. Only then is the ordinal given to another.
 */
export class Ordinals {
  readonly #byId: IdIndex;
  readonly #free: number[] = [];
  #next = 0;
  readonly #ghosts = new Map<number, Ghost>();

  /** @param keyOf the key of the rule that has an ordinal, from the moment it has it. */
  constructor(keyOf: (ordinal: number) => string | undefined) {
    this.#byId = new IdIndex((ordinal, id) => (this.#ghosts.get(ordinal)?.id ?? keyOf(ordinal)) === id);
  }

  /** One more than the highest ordinal in use. */
  get limit(): number {
    return this.#next;
  }

  /** Whether no id is known. */
  get isEmpty(): boolean {
    return this.#byId.size === 0;
  }

  get(id: string): number | undefined {
    return this.#byId.get(id);
  }

  /** The id's ordinal, a new one if it has none; it belongs to a rule until it is said to haunt. */
  claim(id: string): number {
    const known = this.#byId.get(id);
    if (known !== undefined) {
      this.#ghosts.delete(known);
      return known;
    }
    const ordinal = this.#free.pop() ?? this.#next++;
    this.#byId.set(id, ordinal);
    return ordinal;
  }

  /** Gives out `count` ordinals at once for {@link assign}, and answers the first. */
  reserve(count: number): number {
    const first = this.#next;
    this.#next += count;
    this.#byId.reserve(this.#byId.size + count);
    return first;
  }

  /**
   * Gives an id one of the ordinals that were reserved.
   *
   * @returns whether it had none before.
   */
  assign(id: string, ordinal: number): boolean {
    return this.#byId.set(id, ordinal);
  }

  /** Takes back an ordinal that its id lost to another in {@link assign}, before any window saw it. */
  release(ordinal: number): void {
    this.#free.push(ordinal);
  }

  /** A key is about to have no rule any more; its ordinal stays its own until a time. */
  haunt(id: string, until: number): void {
    const ordinal = this.#byId.get(id);
    if (ordinal === undefined) return;
    this.#ghosts.set(ordinal, { id, ordinal, until });
  }

  /**
   * Frees the ordinals of keys without a rule whose time is over.
   *
   * @returns them.
   */
  retire(time: number): readonly number[] {
    const freed: number[] = [];
    for (const { id, ordinal, until } of this.#ghosts.values()) {
      if (until > time) continue;
      this.#byId.delete(id);
      this.#ghosts.delete(ordinal);
      this.#free.push(ordinal);
      freed.push(ordinal);
    }
    return freed;
  }
}
