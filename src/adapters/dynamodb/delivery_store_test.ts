import { expect } from "expect";
import type { Template } from "../../alerts/template.ts";
import { DynamoDeliveryStore } from "./delivery_store.ts";
import { copiedItem } from "./items.ts";

const template = (tenant: string): Template => ({
  tenant,
  subject: "{{name}}",
  text: null,
  webhook: null,
  updatedAt: 1,
  updatedBy: "root",
});

/** A table that has one item; it imitates DynamoDB's GetItem over HTTP and nothing else of it. */
function table(item: Record<string, unknown>) {
  const attributes = Object.fromEntries(Object.entries(item).map(([name, value]) => [name, { S: value }]));
  const answer = () =>
    Response.json({ Item: attributes }, { headers: { "content-type": "application/x-amz-json-1.0" } });
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, answer);
  return { endpoint: `http://127.0.0.1:${server.addr.port}`, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("what was copied by something newer and cannot be read is passed over, the rest counts", async () => {
  const newer = { ...template("newer"), subject: { ko: "제목" } };
  await using dynamo = table(copiedItem("templates", [template("one"), newer, template("two")]));
  const { endpoint } = dynamo;
  const credentials = { accessKeyId: "AKIATEST", secretAccessKey: "any" };
  const store = new DynamoDeliveryStore({ table: "ledger", region: "ap-northeast-2", endpoint, credentials });
  try {
    expect((await store.templates()).map(({ tenant }) => tenant)).toEqual(["one", "two"]);
  } finally {
    store.close();
  }
});
