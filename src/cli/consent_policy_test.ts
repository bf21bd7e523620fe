import { expect } from "expect";
import { missingLinks } from "./consent_policy.ts";

const config = {
  mail: "smtp",
  consoleUrl: "https://a.example",
  linkSecret: "0123456789abcdef",
  confirmRecipients: "on",
  confirmedRecipients: [],
  refusedDomains: [],
} as const;

Deno.test("a sender without links that act says what is missing; the outbox asks nobody and says nothing", () => {
  expect(missingLinks(config)).toBeUndefined();
  const without = { ...config, consoleUrl: undefined, linkSecret: undefined };
  expect(missingLinks(without)).toContain("set --console-url and --link-secret, for notifier and control");
  expect(missingLinks({ ...config, linkSecret: undefined })).toContain("set --link-secret,");
  expect(missingLinks({ ...without, mail: "outbox" })).toBeUndefined();
});
