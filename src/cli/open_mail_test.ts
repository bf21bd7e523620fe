import { expect } from "expect";
import { deliverySettings } from "../config/delivery.ts";
import { loadConfig } from "../config/load.ts";
import { configureLogs, endLogs } from "../telemetry/logs.ts";
import { openMail } from "./open_mail.ts";

async function warningsOf(flags: Record<string, string>): Promise<string[]> {
  const lines: string[] = [];
  await configureLogs({ level: "warning", format: "json", write: (line) => lines.push(line) });
  try {
    const config = loadConfig(deliverySettings, { flags, env: {} });
    await (await openMail({ ...config, dataDir: "/nowhere" })).close();
  } finally {
    await endLogs();
  }
  return lines;
}

Deno.test("mail that leaves this machine in the name of an address on it is warned about, with what to set", async () => {
  const smtp = { mail: "smtp", smtpUrl: "smtp://mail.example.com:587" };
  for (const flags of [{ mail: "ses" }, smtp]) {
    expect(await warningsOf(flags)).toEqual([expect.stringContaining("set --mail-from to an address")]);
  }
  expect(await warningsOf({ ...smtp, mailFrom: "박민수 <alerts@example.com>" })).toEqual([]);
  expect(await warningsOf({ mail: "smtp", smtpUrl: "smtp://127.0.0.1:2525" })).toEqual([]);
  expect(await warningsOf({ mail: "ses", sesEndpoint: "http://127.0.0.1:4566" })).toEqual([]);
});
