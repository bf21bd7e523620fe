/** Slots of a new index, a power of two. */
const FIRST_SLOTS = 64;
/** A slot: the id's hash, then its place; in words. */
const SLOT_WORDS = 2;
const EMPTY = -1;

/**
 * Ids and their places: a hash table with open addressing in one flat array, which is made as large as it is to
 * be at once. A `Map` of a million ids is made anew twenty times on the way there, on the heap that is collected: with it
 * a bulk load takes up to twice as long.
 */
export class IdIndex {
  readonly #isIdOf: (place: number, id: string) => boolean;
  #slots = emptySlots(FIRST_SLOTS);
  #mask = FIRST_SLOTS - 1;
  #size = 0;

  /** @param isIdOf whether a text is the id of a place that has one: it is not kept twice. */
  constructor(isIdOf: (place: number, id: string) => boolean) {
    this.#isIdOf = isIdOf;
  }

  /** How many ids there are. */
  get size(): number {
    return this.#size;
  }

  /** The id's place. */
  get(id: string): number | undefined {
    const place = this.#slots[this.#find(id, hashOf(id)) * SLOT_WORDS + 1] as number;
    return place === EMPTY ? undefined : place;
  }

  /**
   * Gives an id an place, in place of the one it had; that it is the place's id is known before it is asked for again.
   *
   * @returns whether it had none.
   */
  set(id: string, place: number): boolean {
    if ((this.#size + 1) * 2 > this.#mask) this.#resize((this.#mask + 1) * 2);
    const hash = hashOf(id);
    const at = this.#find(id, hash) * SLOT_WORDS;
    const before = this.#slots[at + 1] as number;
    this.#slots[at] = hash;
    this.#slots[at + 1] = place;
    if (before !== EMPTY) return false;
    this.#size++;
    return true;
  }

  /** Forgets an id, before its place does; one that is not there is no error. */
  delete(id: string): void {
    let gap = this.#find(id, hashOf(id));
    const place = this.#slots[gap * SLOT_WORDS + 1] as number;
    if (place === EMPTY) return;
    this.#size--;
    // Those behind it move up, so that every id is found without a slot that is empty before it.
    for (let slot = (gap + 1) & this.#mask;; slot = (slot + 1) & this.#mask) {
      const there = this.#slots[slot * SLOT_WORDS + 1] as number;
      if (there === EMPTY) break;
      const hash = this.#slots[slot * SLOT_WORDS] as number;
      const home = hash & this.#mask;
      if (((slot - home) & this.#mask) < ((slot - gap) & this.#mask)) continue;
      this.#slots[gap * SLOT_WORDS] = hash;
      this.#slots[gap * SLOT_WORDS + 1] = there;
      gap = slot;
    }
    this.#slots[gap * SLOT_WORDS + 1] = EMPTY;
  }

  /** Makes room for so many ids in all, so that none of them moves the others. */
  reserve(count: number): void {
    let slots = this.#mask + 1;
    while (slots < count * 2) slots *= 2;
    if (slots > this.#mask + 1) this.#resize(slots);
  }

  /** The slot that has an id, or the empty one where it would go. */
  #find(id: string, hash: number): number {
    for (let slot = hash & this.#mask;; slot = (slot + 1) & this.#mask) {
      const place = this.#slots[slot * SLOT_WORDS + 1] as number;
      if (place === EMPTY) return slot;
      if (this.#slots[slot * SLOT_WORDS] === hash && this.#isIdOf(place, id)) return slot;
    }
  }

  #resize(count: number): void {
    const old = this.#slots;
    this.#slots = emptySlots(count);
    this.#mask = count - 1;
    for (let at = 0; at < old.length; at += SLOT_WORDS) {
      const place = old[at + 1] as number;
      if (place === EMPTY) continue;
      let slot = (old[at] as number) & this.#mask;
      while (this.#slots[slot * SLOT_WORDS + 1] !== EMPTY) slot = (slot + 1) & this.#mask;
      this.#slots[slot * SLOT_WORDS] = old[at] as number;
      this.#slots[slot * SLOT_WORDS + 1] = place;
    }
  }
}

function emptySlots(count: number): Int32Array {
  return new Int32Array(count * SLOT_WORDS).fill(EMPTY);
}

/** FNV-1a over the text's code units, its bits mixed once more: the lowest ones choose the slot. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let each = 0; each < id.length; each++) {
    hash = Math.imul(hash ^ id.charCodeAt(each), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return hash ^ (hash >>> 16);
}
