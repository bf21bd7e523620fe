import { Buffer } from "node:buffer";
import { z } from "zod";
import { InputError } from "../../core/errors.ts";
import { inputIssue } from "../../alerts/codec.ts";

/**
 * What AWS Lambda's event source for Kafka hands over, and what it takes back.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html
 *
 *     event  = { eventSource, bootstrapServers, records: { "topic-partition": [record …] } }
 *     record = { topic, partition, offset, timestamp, timestampType, key: base64, value: base64, headers: [{ name: [bytes] }] }
 *
 * @module
 */

/** One header: its name, and its bytes as Java has them, from -128 to 127. */
const headerSchema = z.record(z.string(), z.array(z.number().int()));
const recordSchema = z.object({
  topic: z.string(),
  partition: z.number().int().min(0),
  offset: z.number().int().min(0),
  key: z.string().nullish(),
  value: z.string().nullish(),
  headers: z.array(headerSchema).nullish(),
});
const eventSchema = z.object({ records: z.record(z.string(), z.array(recordSchema)) });

/** A record of the event, its key and value decoded. */
export interface KafkaEventRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: Uint8Array | null;
  /** As UTF-8; of two of one name the last. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The answer that names what is to come again; it needs the event source's `ReportBatchItemFailures`. */
export interface BatchItemFailures {
  readonly batchItemFailures: readonly {
    readonly itemIdentifier: { readonly partition: string; readonly offset: number };
  }[];
}

/**
 * The records of all partitions of an event.
 *
 * @throws {InputError} code `bad_event` when it is none of Kafka's: a wrong trigger.
 */
export function readKafkaEvent(event: unknown): KafkaEventRecord[] {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) {
    throw new InputError(
      "bad_event",
      parsed.error.issues.map(inputIssue),
      "not an event of a Kafka event source",
    );
  }
  return Object.values(parsed.data.records).flat().map(({ key, value, headers, ...place }) => ({
    ...place,
    headers: textsOf(headers ?? []),
    key: key == null ? "" : Buffer.from(key, "base64").toString("utf8"),
    value: value == null ? null : new Uint8Array(Buffer.from(value, "base64")),
  }));
}

function textsOf(headers: readonly Readonly<Record<string, readonly number[]>>[]): Record<string, string> {
  const entries = headers.flatMap((header) => Object.entries(header));
  return Object.fromEntries(entries.map(([name, bytes]) => [name, Buffer.from(bytes).toString("utf8")]));
}

/**
 * Whether an event is a schedule's (EventBridge): the sign to look what is due.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/events.html
 */
export function isScheduledEvent(event: unknown): boolean {
  return typeof event === "object" && event !== null && "source" in event && event.source === "aws.events";
}

/** The answer for records that are not done. */
export function batchItemFailures(
  records: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[],
): BatchItemFailures {
  return {
    batchItemFailures: records.map(({ topic, partition, offset }) => ({
      itemIdentifier: { partition: `${topic}-${partition}`, offset },
    })),
  };
}
