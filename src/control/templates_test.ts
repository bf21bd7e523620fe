import { expect } from "expect";
import { withControl } from "../../tests/support/control.ts";

Deno.test("a tenant's templates are its own, checked when they are saved, and gone when it wants ours", () =>
  withControl(async (test) => {
    const admin = async (tenant: string) => {
      const body = { name: "a", tenant, scopes: ["admin"] };
      return { authorization: `Bearer ${(await test.json("POST", "/v1/keys", body)).body.key}` };
    };
    const [acme, bolt] = [await admin("acme"), await admin("bolt")];
    const saved = await test.json("PUT", "/v1/template", { subject: "{{name}}!" }, acme);
    expect([saved.status, saved.body.sample.subject]).toEqual([200, "삼성전자!"]);
    const refused = await test.json("PUT", "/v1/template", { subject: "{{nam}}" }, acme);
    expect([refused.status, refused.body.errors[0].field]).toEqual([400, "subject"]);
    expect((await test.json("GET", "/v1/template", undefined, acme)).body.subject).toBe("{{name}}!");
    expect((await test.json("GET", "/v1/template", undefined, bolt)).body.subject).toBeNull();
    expect((await test.json("DELETE", "/v1/template", undefined, acme)).status).toBe(204);
    expect((await test.json("GET", "/v1/template", undefined, acme)).body.subject).toBeNull();
  }));
