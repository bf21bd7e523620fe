import { Buffer } from "node:buffer";
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { expect } from "expect";
import { buildLambda } from "../../scripts/build_lambda.ts";
import { DynamoDeliveryMirror } from "../../src/adapters/dynamodb/delivery_mirror.ts";
import type { Alert } from "../../src/alerts/alert.ts";
import { encodeAlert } from "../../src/alerts/codec.ts";
import { alertFixture } from "../../src/alerts/fixture.ts";
import { encodeDelivery, intent, newDelivery } from "../../src/alerts/ledger.ts";
import { systemClock } from "../../src/core/clock.ts";
import { sealsOf } from "../../src/cli/seal_keys.ts";
import { listDeadLetters, redriveDeadLetter } from "../../src/books/dead_letters.ts";
import { outcomesOf } from "../support/outcomes.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import { RecipientBook } from "../../src/books/recipients.ts";
import { LedgerMirror } from "../../src/roles/lambda/ledger_mirror.ts";
import { LAMBDA_RUNTIME, LambdaRuntime } from "../support/lambda_runtime.ts";
import { readMail } from "../support/mail_text.ts";
import { CREDENTIALS, MOTO, Moto, REGION } from "../support/moto.ts";
import { partTest } from "../support/part.ts";
import { allRecords, temporaryLog } from "../support/temporary_log.ts";

const TABLE = "stock-deliveries";
const SENDER = "alerts@example.com";

const LOG_SECRET = "1:the-secret-of-the-seals";

/** The headers of an alert that stream, or whoever redrives it, has sealed, as the event source gives them. */
function sealedHeaders(value: string, headers: Readonly<Record<string, string>>) {
  const record = { topic: "alerts", key: "005930", value, headers, timestamp: 0 } as const;
  const sealed = sealsOf({ logSecret: LOG_SECRET, acceptUnsealed: false })!.seal(record);
  return Object.entries(sealed.headers ?? {}).map(([name, text]) => ({
    [name]: [...new TextEncoder().encode(text)],
  }));
}

/** An event as the event source makes it: records by topic and partition, base64 values. */
function kafkaEvent(partitions: Record<number, (Alert | string)[]>) {
  const records = Object.entries(partitions).map(([partition, values]) => [
    `alert-topic-${partition}`,
    values.map((alert) => typeof alert === "string" ? alert : encodeAlert(alert)).map((value, offset) => ({
      topic: "alert-topic",
      partition: Number(partition),
      offset: 100 + offset,
      timestamp: 1764115620123,
      timestampType: "CREATE_TIME",
      key: Buffer.from("005930").toString("base64"),
      value: Buffer.from(value).toString("base64"),
      headers: sealedHeaders(value, { trace: "12" }),
    })),
  ]);
  return {
    eventSource: "SelfManagedKafka",
    bootstrapServers: "kafka-1:9092",
    records: Object.fromEntries(records),
  };
}

const alert = (ruleId: string, recipient = `${ruleId}@example.com`) =>
  alertFixture({ ruleId, recipients: [recipient] });
const failures = (...places: [number, number][]) => ({
  batchItemFailures: places.map(([partition, offset]) => ({
    itemIdentifier: { partition: `alert-topic-${partition}`, offset },
  })),
});

/** The table as infra/modules/lambda makes it. */
function ledgerTable(): CreateTableCommand {
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: "S" as const });
  const hash = (AttributeName: string) => ({ AttributeName, KeyType: "HASH" as const });
  const Projection = { ProjectionType: "KEYS_ONLY" as const };
  return new CreateTableCommand({
    TableName: TABLE,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [text("id"), text("queue"), text("news"), {
      AttributeName: "due",
      AttributeType: "N",
    }],
    KeySchema: [hash("id")],
    GlobalSecondaryIndexes: [
      {
        IndexName: "queue",
        KeySchema: [hash("queue"), { AttributeName: "due", KeyType: "RANGE" }],
        Projection,
      },
      { IndexName: "news", KeySchema: [hash("news")], Projection },
    ],
  });
}

/** Copies between the table and a log, as control does, until something is seen. */
async function mirror(log: EventLog, moto: Moto, seen: () => Promise<boolean>): Promise<void> {
  const store = new DynamoDeliveryMirror({
    table: TABLE,
    region: REGION,
    endpoint: moto.url,
    credentials: CREDENTIALS,
  });
  const stop = new AbortController();
  const running = new LedgerMirror({ log, store, clock: systemClock, owner: "test" }).run(stop.signal);
  const deadline = Date.now() + 20_000;
  while (!await seen() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  stop.abort();
  await running;
  store.close();
  expect(await seen()).toBe(true);
}

const both = {
  part: "the Lambda runtime client and moto",
  missing: async () => await LAMBDA_RUNTIME.missing() ?? await MOTO.missing(),
};

partTest(
  "the Lambda's bundle under the real runtime client: partitions, duplicates, garbage, an SES that fails",
  both,
  async (t) => {
    const folder = await Deno.makeTempDir({ prefix: "tickbell-lambda-" });
    await using moto = await Moto.start();
    await using temporary = await temporaryLog();
    const { log } = temporary;
    const dynamo = new DynamoDBClient({ region: REGION, endpoint: moto.url, credentials: CREDENTIALS });
    const stored = async (id: string) => {
      const command = new GetItemCommand({ TableName: TABLE, Key: { id: { S: id } } });
      return (await dynamo.send(command)).Item;
    };
    const makeDue = (id: string) =>
      dynamo.send(
        new UpdateItemCommand({
          TableName: TABLE,
          Key: { id: { S: id } },
          UpdateExpression: "SET due = :due",
          ExpressionAttributeValues: { ":due": { N: "1" } },
        }),
      );
    try {
      await buildLambda(folder);
      await dynamo.send(ledgerTable());
      await moto.verify(SENDER);
      const secrets = new SecretsManagerClient({
        region: REGION,
        endpoint: moto.url,
        credentials: CREDENTIALS,
      });
      const links = await secrets.send(
        new CreateSecretCommand({ Name: "stock/links", SecretString: '{"secret":"a-secret-of-16-or-more"}' }),
      );
      const seals = await secrets.send(
        new CreateSecretCommand({ Name: "stock/log", SecretString: JSON.stringify({ secret: LOG_SECRET }) }),
      );
      secrets.destroy();
      const env = {
        AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
        TICKBELL_MAIL_FROM: `Tickbell <${SENDER}>`,
        TICKBELL_SES_REGION: REGION,
        TICKBELL_SES_ENDPOINT: moto.url,
        TICKBELL_LEDGER_TABLE: TABLE,
        TICKBELL_DYNAMODB_ENDPOINT: moto.url,
        TICKBELL_CONSOLE_URL: "https://tickbell.example",
        // As Terraform sets it: the function's variables have no secret.
        TICKBELL_LINK_SECRET_ARN: links.ARN ?? "",
        TICKBELL_LOG_SECRET_ARN: seals.ARN ?? "",
        TICKBELL_STORM_PER_MINUTE: "2",
        AWS_ENDPOINT_URL_SECRETS_MANAGER: moto.url,
      };
      await using runtime = await LambdaRuntime.start(folder, env);
      const run = async (event: unknown, timeoutMs?: number) => {
        const invocation = await runtime.invoke(event, timeoutMs);
        return "response" in invocation ? invocation.response : invocation.error;
      };
      const to = async () => (await moto.mails()).map((mail) => mail.to[0]).sort();

      await t.step("several partitions, a duplicate within the event, and garbage", async () => {
        const answer = await run(kafkaEvent({
          0: [alert("a"), "{not json", alert("a")],
          3: [
            alert("b"),
            alertFixture({ ruleId: "c", recipients: ["c@example.com", "telegram:1"], channels: [] }),
          ],
        }));
        expect(answer).toEqual(failures());
        expect(await to()).toEqual(["a@example.com", "b@example.com", "c@example.com"]);
        const [first] = await moto.mails();
        const { headers, parts } = readMail(first?.raw ?? "");
        expect(headers.subject).toBe("[목표가] 삼성전자 53,100원 · 53,200원 미만");
        expect(headers["list-unsubscribe"]).toMatch(/^<https:\/\/tickbell\.example\/v1\/unsubscribe\?token=/);
        expect(parts["text/html"]).toContain("현재가가 53,200원 미만");
        expect((await stored("dead|alerts/0/101|"))?.headers?.M?.code?.S).toBe("bad_alert");
        expect((await stored(`${alert("c").id}|telegram:1`))?.state?.S).toBe("dead");
      });

      await t.step("the same records again, from another consumer: no mail", async () => {
        expect(await run(kafkaEvent({ 0: [alert("a")], 3: [alert("b")] }))).toEqual(failures());
        expect((await to()).length).toBe(3);
      });

      await t.step(
        "alerts without our seal, or with another's, mail nobody and do not come again",
        async () => {
          const event = kafkaEvent({ 0: [alert("forged1"), alert("forged2"), alert("good")] });
          const [records] = Object.values(event.records) as { headers: object[] }[][];
          records![0]!.headers = [];
          records![1]!.headers = records![2]!.headers;
          const before = await to();
          expect(await run(event)).toEqual(failures());
          expect(await to()).toEqual([...before, "good@example.com"].sort());
        },
      );

      await t.step("SES refuses: dead-lettered, and nothing comes again", async () => {
        await moto.unverify(SENDER);
        expect(await run(kafkaEvent({ 0: [alert("d")] }))).toEqual(failures());
        const item = await stored(`${alert("d").id}|d@example.com`);
        expect(item?.state?.S).toBe("dead");
        await moto.verify(SENDER);
      });

      await t.step(
        "an intent that is somebody else's is left to them; one long past is taken over",
        async () => {
          const put = async (name: string, at: number) => {
            const origin = "alerts/0/100";
            const delivery = intent(newDelivery(alert(name), `${name}@example.com`, { at, origin }), at);
            const id = `${delivery.id}|${delivery.recipient}`;
            const Item = { id: { S: id }, delivery: { S: encodeDelivery(delivery) }, version: { N: "1" } };
            await dynamo.send(new PutItemCommand({ TableName: TABLE, Item }));
          };
          await put("e", Date.now());
          await put("f", Date.now() - 600_000);
          expect(await run(kafkaEvent({ 2: [alert("f"), alert("e"), alert("g")] }))).toEqual(failures());
          expect((await to()).slice(3)).toEqual(["f@example.com", "g@example.com", "good@example.com"]);
        },
      );

      await t.step("a suppressed address is not written to", async () => {
        const book = await RecipientBook.load(log);
        await book.change("h@example.com", { suppression: { cause: "bounce", reason: "gone", at: 1 } }, 1);
        await mirror(log, moto, async () => await stored("recipient|h@example.com") !== undefined);
        expect(await run(kafkaEvent({ 0: [alert("h")] }))).toEqual(failures());
        expect((await stored(`${alert("h").id}|h@example.com`))?.state?.S).toBe("suppressed");
      });

      await t.step("a storm's rest waits, and a scheduled event sends it as one digest", async () => {
        const storm = ["s1", "s2", "s3", "s4", "s5", "s6"].map((rule) => alert(rule, "storm@example.com"));
        expect(await run(kafkaEvent({ 0: storm }))).toEqual(failures());
        const states = async () =>
          (await Promise.all(storm.map(({ id }) => stored(`${id}|storm@example.com`)))).map((item) =>
            item?.state?.S
          );
        const waiting = (await states()).filter((state) => state === "waiting").length;
        // A minute that ends in between begins a new count.
        expect([2, 4]).toContain(waiting);
        const before = (await to()).length;
        const schedule = { source: "aws.events", "detail-type": "Scheduled Event", detail: {} };
        for (const [index, state] of (await states()).entries()) {
          if (state === "waiting") await makeDue(`${storm[index]?.id}|storm@example.com`);
        }
        expect(await run(schedule)).toEqual(failures());
        expect((await to()).length).toBe(before + 1);
        const digest = (await moto.mails()).map((mail) => readMail(mail.raw)).find(({ headers }) =>
          headers.subject?.startsWith("[모아보기")
        );
        expect(digest?.parts["text/plain"]?.match(/삼성전자/g)?.length).toBe(waiting);
        expect((await states()).filter((state) => state === "digested").length).toBe(waiting);
      });

      await t.step("what it did is in the log, and a dead letter is redriven from there", async () => {
        const outcome = async () => (await outcomesOf(log, alert("d")))[0]?.outcome;
        // Which of the storm's alerts were gathered depends on where its minute began.
        const storm = ["s1", "s2", "s3", "s4", "s5", "s6"].map((rule) => alert(rule, "storm@example.com"));
        const digested = async () =>
          (await Promise.all(storm.map((each) => outcomesOf(log, each)))).some(([first]) =>
            first?.outcome === "digested"
          );
        await mirror(log, moto, async () => await outcome() === "dead_lettered" && await digested());
        const { data } = await listDeadLetters(log, { limit: 10, role: "notifier" });
        expect(data.map(({ code }) => code).sort()).toEqual(["bad_alert", "no_channel", "ses_refused"]);
        const letter = data.find(({ code }) => code === "ses_refused");
        await redriveDeadLetter(log, letter?.id ?? -1, Date.now());
        const [record] = await allRecords(log, "alerts");
        const event = kafkaEvent({ 0: [alert("d")] }) as { records: Record<string, object[]> };
        const headers = sealedHeaders(encodeAlert(alert("d")), record?.headers ?? {});
        for (const [first] of Object.values(event.records)) Object.assign(first ?? {}, { headers });
        expect(await run(event)).toEqual(failures());
        expect(await to()).toContain("d@example.com");
        await mirror(log, moto, async () => await outcome() === "sent");
      });

      await t.step("an event that is none of Kafka's is an error", async () => {
        expect(await run({ Records: [] })).toMatchObject({ errorType: "InputError" });
      });

      await t.step(
        "SES is away: the partition goes on, and a scheduled event mails what waits once it is back",
        async () => {
          const gone = Deno.listen({ hostname: "127.0.0.1", port: 0 });
          const port = (gone.addr as Deno.NetAddr).port;
          gone.close();
          const away = { ...env, TICKBELL_SES_ENDPOINT: `http://127.0.0.1:${port}` };
          await using failing = await LambdaRuntime.start(folder, away);
          const before = (await to()).length;
          const event = kafkaEvent({ 0: [alert("a"), alert("i")], 1: [alert("j"), "garbage"] });
          const invocation = await failing.invoke(event, 5_000);
          expect("response" in invocation && invocation.response).toEqual(failures());
          expect((await stored(`${alert("i").id}|i@example.com`))?.state?.S).toBe("failed");
          for (const name of ["i", "j"]) await makeDue(`${alert(name).id}|${name}@example.com`);
          expect(await run({ source: "aws.events", detail: {} })).toEqual(failures());
          expect((await to()).length).toBe(before + 2);
        },
      );
    } finally {
      dynamo.destroy();
      await Deno.remove(folder, { recursive: true });
    }
  },
);
