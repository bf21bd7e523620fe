import type { Silence } from "../../alerts/silences.ts";
import type { LogRecord } from "../../ports/event_log.ts";
import { applySilence } from "../../books/silences.ts";
import type { RulesTopic, RulesTopicReader } from "./rules_topic.ts";

/** The silences, as the control role sees them on the rules topic. */
export class SilenceStore implements RulesTopicReader {
  readonly #silences = new Map<string, Silence>();

  constructor(topic: RulesTopic) {
    topic.follow(this);
  }

  get(id: string): Silence | undefined {
    return this.#silences.get(id);
  }

  *of(tenant: string): IterableIterator<Silence> {
    for (const silence of this.#silences.values()) if (silence.tenant === tenant) yield silence;
  }

  apply(record: LogRecord): void {
    applySilence(this.#silences, record);
  }
}
