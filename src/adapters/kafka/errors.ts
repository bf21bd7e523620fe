import { messageOf, OutsideError } from "../../core/errors.ts";

/** Kafka's error codes that are handled; the rest is reported by name. */
export const CODE = {
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  messageTooLarge: 10,
  recordListTooLarge: 18,
  invalidTimestamp: 32,
  invalidRecord: 87,
  duplicateSequence: 46,
  outOfOrderSequence: 45,
  invalidProducerEpoch: 47,
  invalidProducerIdMapping: 49,
  unknownProducerId: 59,
} as const;

/** The name of Kafka's error, as kafkajs gives it: "NOT_LEADER_FOR_PARTITION", … */
export function errorType(thrown: unknown): string | undefined {
  const type = (thrown as { type?: unknown } | undefined)?.type;
  if (typeof type === "string") return type;
  const cause = (thrown as { cause?: unknown } | undefined)?.cause;
  return cause === undefined || cause === thrown ? undefined : errorType(cause);
}

/** Errors that will not go away by trying again. */
const FINAL =
  /AUTHORIZATION_FAILED|SASL_AUTHENTICATION_FAILED|UNSUPPORTED_SASL|UNSUPPORTED_VERSION|INVALID_TOPIC|MESSAGE_TOO_LARGE|INVALID_RECORD|RECORD_LIST_TOO_LARGE|INVALID_TIMESTAMP/;

/** What went wrong with Kafka, as an error of ours. */
export function kafkaError(thrown: unknown, doing: string): OutsideError {
  if (thrown instanceof OutsideError) return thrown;
  const type = errorType(thrown);
  const code = type === undefined ? "kafka_unreachable" : `kafka_${type.toLowerCase()}`;
  const reason = type === undefined ? messageOf(thrown) : `${messageOf(thrown)} (${type})`;
  return new OutsideError(code, `${doing}: ${reason}`, {
    retryable: type === undefined || !FINAL.test(type),
    cause: thrown,
  });
}
