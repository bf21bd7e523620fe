/**
 * docs/asyncapi.json: the AsyncAPI 3.0 document of the topics' records.
 *
 * @module
 */
import { z } from "zod";
import { TOPIC_SPECS } from "../../src/ports/topics.ts";
import { TOPIC_SCHEMAS, type TopicSchema } from "./asyncapi_schemas.ts";

/** @returns the document by its path from the project's root. */
export async function asyncApiFiles(): Promise<Map<string, string>> {
  const { version } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  return new Map([["docs/asyncapi.json", asyncApi(version)]]);
}

/** The document, as JSON text. */
function asyncApi(version: string): string {
  const channels = TOPIC_SCHEMAS.map((topic) => [topic.topic, channelOf(topic)]);
  const operations = TOPIC_SCHEMAS.map(({ topic, summary }) => [
    `read_${topic}`,
    { action: "receive", channel: { $ref: `#/channels/${topic}` }, summary },
  ]);
  const messages = TOPIC_SCHEMAS.map((topic) => [topic.topic, messageOf(topic)]);
  const document = {
    asyncapi: "3.0.0",
    info: {
      title: "Tickbell event log",
      version,
      description:
        "The records on Tickbell's topics. Topic names are the defaults; they are configuration. Times are " +
        "epoch milliseconds, UTC; prices are whole won, rates per cent with two decimals.",
      license: { name: "Apache-2.0" },
    },
    defaultContentType: "application/json",
    channels: Object.fromEntries(channels),
    operations: Object.fromEntries(operations),
    components: { messages: Object.fromEntries(messages) },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function channelOf({ topic, summary }: TopicSchema) {
  const address = TOPIC_SPECS[topic].name;
  return { address, summary, messages: { [topic]: { $ref: `#/components/messages/${topic}` } } };
}

function messageOf({ topic, key, payload, headers }: TopicSchema) {
  return {
    name: topic,
    contentType: payload === undefined ? "application/octet-stream" : "application/json",
    ...(headers === undefined ? {} : { headers: jsonSchema(headers) }),
    ...(payload === undefined ? {} : { payload: jsonSchema(payload) }),
    bindings: { kafka: { key: { type: "string", description: key } } },
  };
}

function jsonSchema(schema: z.ZodType) {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input" });
  return json;
}
