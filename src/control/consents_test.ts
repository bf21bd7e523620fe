import { expect } from "expect";
import { decodeDelivery } from "../alerts/ledger.ts";
import { isNoticeId } from "../alerts/notice.ts";
import { stop } from "../books/consents.ts";
import { openChannelsRecord } from "../books/open_channels.ts";
import { RecipientBook } from "../books/recipients.ts";
import { allRecords } from "../../tests/support/temporary_log.ts";
import { type TestControl, withControl } from "../../tests/support/control.ts";
import { until } from "../../tests/support/until.ts";

const rule = { symbol: "005930", kind: "target_price", comparator: "gte", value: "71950" };
const CONSENT = { asks: true, confirmed: ["desk.example"], refused: ["spam.example"] };

async function engineer(test: TestControl, tenant = "acme"): Promise<Record<string, string>> {
  const { body } = await test.json("POST", "/v1/keys", { name: "e", tenant, scopes: ["rules:write"] });
  return { authorization: `Bearer ${body.key}` };
}

/** The recipients of confirmation mails that are to go out. */
async function asked(test: TestControl): Promise<string[]> {
  const records = await allRecords(test.log, "deliveries");
  return records.filter(({ key, value }) => isNoticeId(key) && value !== null)
    .map(({ value }) => decodeDelivery(value!)).map(({ recipient, tenant }) => `${tenant} ${recipient}`);
}

Deno.test("a tenant's new address is asked once, an operator's and a confirmed domain's are not", () =>
  withControl(async (test) => {
    const auth = await engineer(test);
    const post = (recipients: string[], as?: Record<string, string>) =>
      test.json("POST", "/v1/rules", { ...rule, recipients }, as);
    expect((await post(["Kim@example.com", "lee@desk.example", "telegram:42"], auth)).status).toBe(201);
    expect((await post(["kim@example.com"], auth)).status).toBe(201);
    expect((await post(["park@example.com"])).status).toBe(201);
    expect(await asked(test)).toEqual(["acme kim@example.com"]);
    const list = async (as?: Record<string, string>) =>
      (await test.json("GET", "/v1/consents", undefined, as)).body.data.map(
        ({ recipient, state, by }: Record<string, string>) => [recipient, state, by],
      );
    expect(await list(auth)).toEqual([["kim@example.com", "asked", "asking"]]);
    expect(await list()).toEqual([["park@example.com", "confirmed", "operator"]]);
  }, { consent: CONSENT, asksPerDay: 2 }));

Deno.test("a tenant asks no more new addresses a day than it may; another tenant is another matter", () =>
  withControl(async (test) => {
    const auth = await engineer(test);
    const post = (...recipients: string[]) => test.json("POST", "/v1/rules", { ...rule, recipients }, auth);
    expect((await post("a@example.com", "b@example.com")).status).toBe(201);
    const over = await post("c@example.com");
    expect([over.status, over.body.code]).toEqual([403, "quota_exceeded"]);
    expect((await post("a@example.com")).status).toBe(201);
    const other = await engineer(test, "bolt");
    const body = { ...rule, recipients: ["c@example.com"] };
    expect((await test.json("POST", "/v1/rules", body, other)).status).toBe(201);
  }, { consent: CONSENT, asksPerDay: 2 }));

Deno.test("by its consent's own route a tenant has no more addresses asked, and none of a refused domain written to", () =>
  withControl(async (test) => {
    const auth = await engineer(test);
    const ask = async (recipient: string, as?: Record<string, string>) => {
      const asks = { state: "asked", ...(as ? {} : { tenant: "acme" }) };
      const { status, body } = await test.json("PUT", `/v1/consents/${recipient}`, asks, as);
      return status === 200 ? body.state : body.errors?.[0].code ?? body.code;
    };
    expect(await ask("a@spam.example", auth)).toBe("refused_domain");
    expect(await ask("a@spam.example")).toBe("refused_domain");
    // At once: what is being asked counts already.
    const answers = await Promise.all(["a", "b", "c", "d"].map((name) => ask(`${name}@example.com`, auth)));
    expect(answers.sort()).toEqual(["asked", "asked", "quota_exceeded", "quota_exceeded"]);
    expect(await ask("e@example.com")).toBe("asked");
    const { body } = await test.json("POST", "/v1/recipients:test", { recipient: "a@spam.example" });
    expect(body.errors[0].code).toBe("refused_domain");
    const mails = await asked(test);
    expect([mails.length, mails.at(-1)]).toEqual([3, "acme e@example.com"]);
  }, { consent: CONSENT, asksPerDay: 2 }));

Deno.test("an import has no more new addresses asked either: its other lines are refused, an operator's are not", () =>
  withControl(async (test) => {
    const auth = await engineer(test);
    const lines = ["a", "b", "a", "c"].map((name, index) =>
      JSON.stringify({ ...rule, id: `r${index}`, recipients: [`${name}@example.com`] })
    );
    const send = async (query: string, headers: Record<string, string>) => {
      const response = await test.request("POST", `/v1/rules:bulk?${query}`, lines.join("\n"), {
        "content-type": "application/x-ndjson",
        ...headers,
      });
      return { status: response.status, text: await response.text() };
    };
    const whole = await send("atomic=true", auth);
    expect([whole.status, whole.text.includes("quota_exceeded")]).toEqual([403, true]);
    expect(await asked(test)).toEqual([]);
    const { text } = await send("", auth);
    expect(text.split("quota_exceeded").length).toBe(2);
    expect(await asked(test)).toEqual(["acme a@example.com", "acme b@example.com"]);
  }, { consent: CONSENT, asksPerDay: 2 }));

Deno.test("what can never be reached is refused when the rule is posted", () =>
  withControl(async (test) => {
    const codes = async (...recipients: string[]) => {
      const { body, status } = await test.json("POST", "/v1/rules", { ...rule, recipients });
      return status === 201
        ? []
        : body.errors.map(({ code, field }: Record<string, string>) => `${field} ${code}`);
    };
    await test.log.append([openChannelsRecord(["mail", "webhook"], 1)]);
    await until(async () => (await codes("telegram:42")).length > 0, "the channels");
    expect(await codes("telegram:42")).toEqual(["recipients[0] channel_idle"]);
    const tested = await test.json("POST", "/v1/recipients:test", { recipient: "telegram:42" });
    expect([tested.status, tested.body.code]).toEqual([409, "channel_idle"]);
    expect(await codes("kim@a.spam.example", "webhook:https://intern.example/h")).toEqual([
      "recipients[0] refused_domain",
    ]);
    expect(await codes("webhook:https://10.0.0.1/h")).toEqual(["recipients[0] bad_recipient"]);
    expect(await codes("webhook:https://intern.example/h")).toEqual(["recipients[0] bad_recipient"]);
    expect(await codes("webhook:https://public.example/h")).toEqual([]);
  }, {
    consent: CONSENT,
    addressFaults: {
      literal: (recipient) => recipient.includes("//10.") ? "is private" : undefined,
      resolved: (recipient) => Promise.resolve(recipient.includes("intern") ? "is private" : undefined),
    },
  }));

Deno.test("addresses of rules that stood before count as confirmed; a stop stays the address's own", () =>
  withControl(async (before) => {
    const auth = await engineer(before);
    await before.json("POST", "/v1/rules", { ...rule, recipients: ["old@example.com"] }, auth);
    // As a log is that no version with consent has seen.
    const book = await RecipientBook.load(before.log);
    await book.changeAll([{ recipient: "*", tenant: "*", change: { consent: undefined } as never }], 1);
    await withControl(async (test) => {
      const put = (recipient: string, state: string, as?: Record<string, string>) =>
        test.json("PUT", `/v1/consents/${recipient}`, { state, ...(as ? {} : { tenant: "acme" }) }, as);
      const after = await RecipientBook.load(test.log);
      expect(after.consent("old@example.com", "acme")).toMatchObject({ state: "confirmed", by: "upgrade" });
      expect(after.adopted).toBe(true);
      expect((await put("new@example.com", "confirmed", auth)).status).toBe(403);
      expect((await put("new@example.com", "confirmed")).body.state).toBe("confirmed");
      expect((await put("late@example.com", "asked", auth)).body.state).toBe("asked");
      expect((await put("late@example.com", "asked", auth)).body.code).toBe("asked_already");
      await stop(after, { tenant: "acme", recipient: "old@example.com" }, 5);
      await until(async () => (await put("old@example.com", "confirmed")).status === 409, "the stop");
    }, { log: before.log, consent: CONSENT });
  }));

Deno.test("a test message goes out as a delivery, to whom it may, and not without end", () =>
  withControl(async (test) => {
    const auth = await engineer(test);
    const send = (recipient: string) => test.json("POST", "/v1/recipients:test", { recipient }, auth);
    expect((await send("kim@example.com")).body.code).toBe("not_confirmed");
    expect((await send("nobody")).status).toBe(400);
    const sent = await Promise.all(Array.from({ length: 20 }, () => send("telegram:42")));
    expect(sent.every(({ status }) => status === 202)).toBe(true);
    expect((await send("telegram:42")).body.code).toBe("quota_exceeded");
    const path = "/v1/deliveries?channel=telegram";
    expect((await test.json("GET", path, undefined, auth)).body.data.length).toBe(20);
  }, { consent: CONSENT }));
