import { InputError, type InputIssue } from "../../core/errors.ts";
import type { RuleDraft } from "../../rules/parse_rule.ts";
import type { Rule } from "../../rules/rule.ts";
import type { Actor } from "../auth/principal.ts";
import { HttpProblem } from "../http/problem.ts";
import type { RuleWarning } from "../rules/warnings.ts";
import type { RuleService } from "../rules/rule_service.ts";
import type { RuleStore, RuleWrite } from "../store/rule_store.ts";
import { idOf, readDeletion, readRule, sameRule, symbolFixed, taken, type Work } from "./bulk_work.ts";
import type { ImportLine } from "./lines.ts";

/** The most lines of one import. */
export const MAX_LINES = 100_000;
/** Lines that are written in one go: some 10 ms of work, for others are served in between. */
const CHUNK = 100;

/** How an import treats the rules that are there. */
export type ImportMode = "create" | "replace" | "delete";

/** What became of one line. */
export interface LineResult {
  readonly line: number;
  readonly id: string | null;
  readonly status: "created" | "replaced" | "deleted" | "unchanged" | "refused";
  readonly errors?: readonly InputIssue[];
  /** What is odd about a rule that was made or replaced. */
  readonly warnings?: readonly RuleWarning[];
}

/** How many lines came to what. */
export interface ImportSummary {
  readonly lines: number;
  readonly created: number;
  readonly replaced: number;
  readonly deleted: number;
  readonly unchanged: number;
  readonly refused: number;
}

export interface BulkImportOptions {
  readonly mode: ImportMode;
  readonly actor: Actor;
  readonly store: RuleStore;
  readonly rules: RuleService;
  readonly now: () => number;
  /** The id of a line that brings none, the same when the import is repeated. */
  readonly idFor?: (line: number) => string;
  /** What is odd about a rule without being wrong. */
  readonly warn?: (rule: Rule) => readonly RuleWarning[];
}

/**
 * Makes, replaces or deletes many rules. Lines are carried out in their order, {@link CHUNK} at a time; each result is
 * reported when its rule is stored and in force. Every line is idempotent when it has an id (its own, or one made from the
 * Idempotency-Key): an import that was cut off is repeated as it was, and finds the lines that were done `unchanged`.
 */
export class BulkImport {
  readonly #options: BulkImportOptions;
  readonly #tenant: string;
  readonly #counts = { lines: 0, created: 0, replaced: 0, deleted: 0, unchanged: 0, refused: 0 };

  constructor(options: BulkImportOptions) {
    this.#options = options;
    this.#tenant = options.actor.who.tenant;
  }

  get summary(): ImportSummary {
    return { ...this.#counts };
  }

  /** Carries out the lines as they come. */
  async *run(lines: AsyncIterable<ImportLine>): AsyncIterable<readonly LineResult[]> {
    let chunk: Work[] = [];
    let refused: LineResult[] = [];
    const keys = new Set<string>();
    const flush = async () => {
      const results = [...await this.#carryOut(chunk), ...refused].sort((a, b) => a.line - b.line);
      [chunk, refused] = [[], []];
      keys.clear();
      return results;
    };
    for await (const line of lines) {
      const work = this.#read(line);
      if ("status" in work) refused.push(work);
      // Two lines of one rule are carried out one after the other.
      else {
        if (keys.has(work.key)) yield await flush();
        keys.add(work.key);
        chunk.push(work);
      }
      if (chunk.length + refused.length >= CHUNK) yield await flush();
    }
    if (chunk.length + refused.length > 0) yield await flush();
  }

  /**
   * Reads and checks every line before the first is carried out.
   *
   * @throws {InputError} when any line is refused: nothing has been done then.
   */
  async *runAll(lines: AsyncIterable<ImportLine>): AsyncIterable<readonly LineResult[]> {
    const all: ImportLine[] = [];
    const issues: InputIssue[] = [];
    const made = new Set<string>();
    const drafts: RuleDraft[] = [];
    for await (const line of lines) {
      const work = this.#read(line);
      if ("status" in work) issues.push(...work.errors ?? []);
      else {
        if (work.draft !== undefined) drafts.push(work.draft);
        const fault = this.#foresee(work, made);
        if (fault !== undefined) issues.push(fault);
      }
      all.push(line);
      if (issues.length >= 1_000) break;
    }
    if (issues.length > 0) throw new InputError("bad_import", issues);
    this.#options.rules.checkQuota(this.#tenant, made.size);
    await this.#options.rules.checkAsks(drafts, this.#options.actor);
    Object.assign(this.#counts, { lines: 0, refused: 0 });
    yield* this.run(fromArray(all));
  }

  /** What would become of the lines: every one is checked, and nothing is done. */
  async *plan(lines: AsyncIterable<ImportLine>): AsyncIterable<readonly LineResult[]> {
    const made = new Set<string>();
    let results: LineResult[] = [];
    for await (const line of lines) {
      const work = this.#read(line);
      results.push("status" in work ? work : this.#planned(work, made));
      if (results.length < CHUNK) continue;
      yield results;
      results = [];
    }
    if (results.length > 0) yield results;
    this.#options.rules.checkQuota(this.#tenant, made.size);
  }

  #planned(work: Work, made: Set<string>): LineResult {
    const fault = this.#foresee(work, made);
    if (fault !== undefined) return this.#refused(work.line, work.id, [fault]);
    const { store, rules } = this.#options;
    const standing = store.get(this.#tenant, work.key);
    if (work.draft === undefined) return this.#came(work, standing === undefined ? "unchanged" : "deleted");
    if (standing === undefined) {
      return this.#came(work, "created", rules.newRule(work.draft, this.#tenant, work.key));
    }
    if (sameRule(standing, work.draft)) return this.#came(work, "unchanged");
    return this.#came(work, "replaced", rules.changedRule(standing, work.draft));
  }

  /** What would be wrong with a line when it is its turn; `made` gathers the rules that will be new. */
  #foresee(work: Work, made: Set<string>): InputIssue | undefined {
    const standing = this.#options.store.get(this.#tenant, work.key);
    if (work.draft === undefined) return undefined;
    const { mode } = this.#options;
    if (standing === undefined) {
      if (mode === "create" && made.has(work.key)) return taken(work);
      made.add(work.key);
      return undefined;
    }
    if (mode === "create") return sameRule(standing, work.draft) ? undefined : taken(work);
    return standing.symbol === work.draft.symbol ? undefined : symbolFixed(work);
  }

  #read(line: ImportLine): Work | LineResult {
    if (++this.#counts.lines > MAX_LINES) {
      throw new HttpProblem(
        413,
        "too_many_lines",
        `An import may have ${MAX_LINES} lines; those before were carried out`,
      );
    }
    const prefix = `line ${line.line}`;
    try {
      if (line.fault) throw new InputError(line.fault.code, [{ field: prefix, ...line.fault }]);
      const given = { ...this.#options, tenant: this.#tenant, prefix };
      return this.#options.mode === "delete" ? readDeletion(line, given) : readRule(line, given);
    } catch (thrown) {
      if (!(thrown instanceof InputError)) throw thrown;
      return this.#refused(line.line, idOf(line.input), thrown.issues);
    }
  }

  async #carryOut(chunk: readonly Work[]): Promise<LineResult[]> {
    const { store, rules, actor } = this.#options;
    return await store.exclusive(chunk.map(({ key }) => key), async () => {
      const results: LineResult[] = [];
      const writes: { work: Work; write: RuleWrite; before: Rule | undefined }[] = [];
      let room = rules.room(this.#tenant);
      for (const work of chunk) {
        const before = store.get(this.#tenant, work.key);
        const decided = this.#decide(work, before, room);
        if ("status" in decided) results.push(decided);
        else if (decided.type !== "delete" && !await rules.mayAsk(decided.rule, actor)) {
          results.push(
            this.#overQuota(work, "has more new addresses than the tenant may have asked in a day"),
          );
        } else {
          if (decided.type === "create") room--;
          writes.push({ work, write: decided, before });
        }
      }
      const outcomes = await rules.writeAll(writes, actor);
      writes.forEach(({ work, write }, index) => {
        results.push(outcomes[index] === "won" ? this.#done(work, write) : this.#lost(work));
      });
      return results;
    });
  }

  #decide(work: Work, before: Rule | undefined, room: number): RuleWrite | LineResult {
    const { rules, mode } = this.#options;
    const { draft } = work;
    if (draft === undefined) return before ? { type: "delete", rule: before } : this.#came(work, "unchanged");
    if (before === undefined) {
      if (room < 1) return this.#overQuota(work, "is over the tenant's quota of rules");
      return {
        type: "create",
        rule: rules.newRule(draft, this.#tenant, work.key),
        chosenId: draft.id !== undefined,
      };
    }
    if (sameRule(before, draft)) return this.#came(work, "unchanged");
    if (mode === "create") return this.#refused(work.line, work.id, [taken(work)]);
    if (draft.symbol !== before.symbol) return this.#refused(work.line, work.id, [symbolFixed(work)]);
    return { type: "update", rule: rules.changedRule(before, draft) };
  }

  #done(work: Work, write: RuleWrite): LineResult {
    if (write.type === "delete") return this.#came(work, "deleted");
    return this.#came(work, write.type === "create" ? "created" : "replaced", write.rule);
  }

  #overQuota({ line, id }: Work, reason: string): LineResult {
    return this.#refused(line, id, [{ field: `line ${line}`, code: "quota_exceeded", reason }]);
  }

  #lost(work: Work): LineResult {
    const reason = "was changed by someone else meanwhile";
    return this.#refused(work.line, work.id, [{
      field: `line ${work.line}`,
      code: "changed_meanwhile",
      reason,
    }]);
  }

  #came(work: Work, status: Exclude<LineResult["status"], "refused">, rule?: Rule): LineResult {
    this.#counts[status]++;
    const warnings = rule === undefined ? [] : this.#options.warn?.(rule) ?? [];
    return { line: work.line, id: work.id, status, ...(warnings.length > 0 ? { warnings } : {}) };
  }

  #refused(line: number, id: string | null, errors: readonly InputIssue[]): LineResult {
    this.#counts.refused++;
    return { line, id, status: "refused", errors };
  }
}

async function* fromArray<T>(items: readonly T[]): AsyncIterable<T> {
  yield* items;
}
