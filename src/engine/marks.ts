import type { FiredMark } from "../rules/evaluation.ts";

/** Marks of what has fired that cannot be set yet: their rule is not known, or their window is still to come. */
export class Marks {
  readonly #byRule = new Map<string, FiredMark[]>();

  get isEmpty(): boolean {
    return this.#byRule.size === 0;
  }

  has(ruleId: string): boolean {
    return this.#byRule.has(ruleId);
  }

  keep(mark: FiredMark): void {
    const there = this.#byRule.get(mark.ruleId);
    if (there === undefined) this.#byRule.set(mark.ruleId, [mark]);
    else there.push(mark);
  }

  /** Takes out the marks of a rule. */
  take(ruleId: string): readonly FiredMark[] {
    const marks = this.#byRule.get(ruleId);
    if (marks === undefined) return [];
    this.#byRule.delete(ruleId);
    return marks;
  }

  /** The rules that have marks. */
  ids(): readonly string[] {
    return [...this.#byRule.keys()];
  }

  /**
   * Forgets the marks of windows that began before a time, epoch ms, and of what fired before it: the window of a rule that
   * fires once began when it was armed, and its alerts count for the day on which they fired.
   */
  forgetBefore(time: number): void {
    for (const [id, marks] of this.#byRule) {
      const left = marks.filter(({ windowStart, at = windowStart }) => Math.max(windowStart, at) >= time);
      if (left.length === 0) this.#byRule.delete(id);
      else if (left.length < marks.length) this.#byRule.set(id, left);
    }
  }
}
