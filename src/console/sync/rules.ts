import type { ApiClient } from "../api/client.ts";
import type { RuleBody, RuleEdit, SavedRule, ShownRule } from "../api/types.ts";
import { poll } from "../base/poll.ts";
import type { AppState } from "../state/app_state.ts";
import { refresh } from "./refresh.ts";

/** Most rules that are fetched and shown. */
export const MOST_RULES = 1_000;
const REFRESH_MS = 10_000;
/** Requests at once where many rules are changed. */
const AT_ONCE = 4;

/** What became of many rules. */
export interface ManyDone {
  readonly done: readonly ShownRule[];
  readonly failures: readonly unknown[];
}

/** Keeps the list of rules, and changes them through the API. */
export class RulesSync {
  readonly #state: Pick<AppState, "rules">;
  readonly #client: ApiClient;

  constructor(state: Pick<AppState, "rules">, client: ApiClient) {
    this.#state = state;
    this.#client = client;
  }

  start(signal: AbortSignal): void {
    poll(signal, REFRESH_MS, () => this.load());
  }

  async load(): Promise<void> {
    await refresh(this.#state.rules, () => this.#client.rules(MOST_RULES));
  }

  /** Adds a rule, or changes one that still is of the version it is given with. Resolves when it is in force. */
  async save(body: RuleBody, stands?: Pick<ShownRule, "id" | "version" | "labels">): Promise<SavedRule> {
    const rule = stands === undefined
      ? await this.#client.addRule(body)
      : await this.#client.changeRule(stands.id, changeOf(body, stands), stands.version);
    await this.load();
    return rule;
  }

  /** Changes some fields of a rule that still is of a version. */
  async change(id: string, change: RuleEdit, version: number): Promise<ShownRule> {
    const rule = await this.#client.changeRule(id, change, version);
    await this.load();
    return rule;
  }

  async setEnabled(id: string, enabled: boolean): Promise<void> {
    await this.#client.setEnabled(id, enabled);
    await this.load();
  }

  async remove(id: string): Promise<void> {
    await this.#client.deleteRule(id);
    await this.load();
  }

  /** Pauses or resumes each. */
  eachEnabled(rules: readonly ShownRule[], enabled: boolean): Promise<ManyDone> {
    return this.#each(rules, ({ id }) => this.#client.setEnabled(id, enabled));
  }

  removeAll(rules: readonly ShownRule[]): Promise<ManyDone> {
    return this.#each(rules, ({ id }) => this.#client.deleteRule(id));
  }

  /** Makes rules again that were deleted, under their own ids. */
  makeAgain(rules: readonly ShownRule[]): Promise<ManyDone> {
    return this.#each(rules, (rule) => this.#client.makeAgain(rule));
  }

  /** A few at a time, so that a hundred do not stand in the server's way; one that fails does not stop the others. */
  async #each(rules: readonly ShownRule[], work: (rule: ShownRule) => Promise<void>): Promise<ManyDone> {
    const waiting = [...rules];
    const done = new Set<ShownRule>();
    const failures: unknown[] = [];
    const next = async (): Promise<void> => {
      for (let rule = waiting.shift(); rule !== undefined; rule = waiting.shift()) {
        try {
          await work(rule);
          done.add(rule);
        } catch (thrown) {
          failures.push(thrown);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
    await this.load();
    return { done: rules.filter((rule) => done.has(rule)), failures };
  }
}

/** The symbol stays; labels that are not said any more are taken away. */
function changeOf(
  { symbol: _, labels, ...body }: RuleBody,
  { labels: before }: Pick<ShownRule, "labels">,
): RuleEdit {
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(labels, name));
  return { ...body, labels: { ...labels, ...Object.fromEntries(gone.map((name) => [name, null])) } };
}
