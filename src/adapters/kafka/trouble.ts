import { logger } from "../../telemetry/log.ts";
import { errorType, kafkaError } from "./errors.ts";

/** So many different troubles are logged until all is well again. */
const MAX_LOGGED = 20;

/**
 * What is wrong just now, by subject: what is read, what is appended, a topic, a group. A subject is well again when it
 * works itself: a reading that works says nothing about appends.
 */
export class Trouble {
  #reasons = new Map<string, string>();
  /** Everything that was logged since all was well last. */
  #logged = new Set<string>();
  #log = logger("kafka");

  /** A line for people: the newest trouble; undefined while everything works. */
  get reason(): string | undefined {
    return [...this.#reasons.values()].at(-1);
  }

  over(subject: string): void {
    if (!this.#reasons.delete(subject) || this.#reasons.size > 0) return;
    this.#logged.clear();
    this.#log.info("Kafka works again");
  }

  /** Nobody asks after a subject any more. */
  forget(subject: string): void {
    this.#reasons.delete(subject);
  }

  happened(subject: string, thrown: unknown, doing: string): void {
    const { message } = kafkaError(thrown, doing);
    const missing = errorType(thrown) === "UNKNOWN_TOPIC_OR_PARTITION";
    const reason = missing ? `${message}: create the topics with "tickbell topics create"` : message;
    if (this.#isNew(subject, reason)) {
      this.#log.warn("Kafka: {reason}; trying again until it works", { reason });
    }
  }

  /** States what is wrong with a subject and will not go away by trying again. */
  is(subject: string, reason: string): void {
    if (this.#isNew(subject, reason)) this.#log.error("Kafka: {reason}", { reason });
  }

  /** The same again and again is logged once; a broker that is back and refuses the password is something new. */
  #isNew(subject: string, reason: string): boolean {
    this.#reasons.delete(subject);
    this.#reasons.set(subject, reason);
    if (this.#logged.has(reason) || this.#logged.size === MAX_LOGGED) return false;
    this.#logged.add(reason);
    return true;
  }
}
