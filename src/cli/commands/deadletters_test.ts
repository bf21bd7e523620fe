import { expect } from "expect";
import { alertFixture } from "../../alerts/fixture.ts";
import { encodeAlert } from "../../alerts/codec.ts";
import { loadConfig } from "../../config/load.ts";
import type { Settings } from "../../config/setting.ts";
import { deadLetter } from "../../books/dead_letter.ts";
import { ROOT_KEY, withControl } from "../../../tests/support/control.ts";
import type { Command } from "../command.ts";
import { openEmbeddedLog } from "../open_embedded_log.ts";
import { deadLettersListCommand, deadLettersRedriveCommand, deadLettersShowCommand } from "./deadletters.ts";
import { gapsAcknowledgeCommand, gapsListCommand } from "./gaps.ts";
import { previewCommand } from "./preview.ts";
import { recipientsListCommand, recipientsQuietCommand, recipientsSuppressCommand } from "./recipients.ts";

/**
 * Runs a command.
 *
 * @returns what it printed and its exit code.
 */
async function run<S extends Settings>(
  command: Command<S>,
  args: string[],
  flags: Record<string, string> = {},
) {
  const lines: string[] = [];
  const errors: string[] = [];
  const code = await command.run({
    config: loadConfig(command.settings, { flags, env: {} }),
    args,
    out: (line) => lines.push(line),
    err: (line) => errors.push(line),
    signal: new AbortController().signal,
    terminal: false,
  });
  return { code, out: lines.join("\n"), err: errors.join("\n") };
}

async function withLetters(body: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "tickbell-letters-" });
  try {
    const log = await openEmbeddedLog(dataDir);
    const bytes = new TextEncoder().encode(encodeAlert(alertFixture()));
    const at = Date.UTC(2025, 10, 26);
    const common = { key: "005930", role: "notifier", at, headers: { recipient: "kim@example.com" } };
    await log.append([
      deadLetter({ ...common, bytes, code: "ses_refused", reason: "not verified", origin: "alerts/0/1" }),
      deadLetter({ key: "", bytes, code: "bad_frame", reason: "cut", role: "producer", origin: "kis", at }),
    ]);
    await log.close();
    await body(dataDir);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

Deno.test("dead letters are listed, shown and put back", async () => {
  await withLetters(async (dataDir) => {
    const list = await run(deadLettersListCommand, [], { dataDir, role: "notifier" });
    expect(list.out).toBe(
      "0  2025-11-26 09:00:00  notifier  ses_refused  alerts/0/1 → kim@example.com  not verified",
    );
    const shown = JSON.parse((await run(deadLettersShowCommand, ["0"], { dataDir })).out);
    expect(JSON.parse(shown.text)).toEqual(alertFixture());
    const again = await run(deadLettersRedriveCommand, [], { dataDir, code: "ses_refused" });
    expect(again).toEqual({ code: 0, out: "0 is back on alerts", err: "" });
    expect((await run(deadLettersListCommand, [], { dataDir, role: "notifier" })).out).toMatch(/put back 20/);
    const nothing = await run(deadLettersRedriveCommand, [], { dataDir, role: "notifier" });
    expect(nothing.out).toBe("no dead letters that were not put back before");
  });
});

Deno.test("what cannot be put back is reported, one line each", async () => {
  await withLetters(async (dataDir) => {
    const { code, err } = await run(deadLettersRedriveCommand, ["1", "77"], { dataDir });
    expect(code).toBe(1);
    expect(err).toMatch(
      /^1: id: it came from kis, where it cannot be put back, got 1\n77: id: there is no dead letter/,
    );
    expect((await run(deadLettersShowCommand, ["77"], { dataDir })).code).toBe(1);
    await expect(run(deadLettersShowCommand, ["x"], { dataDir })).rejects.toThrow(
      /must be a dead letter's number/,
    );
    await expect(run(deadLettersRedriveCommand, [], { dataDir })).rejects.toThrow(/--role or --code/);
  });
});

Deno.test("while start has the data directory, the same commands work through its API", async () => {
  await withLetters(async (dataDir) => {
    const log = await openEmbeddedLog(dataDir);
    try {
      await withControl(async ({ control }) => {
        const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, control.app.fetch);
        const flags = { dataDir, apiUrl: `http://127.0.0.1:${server.addr.port}`, apiKey: ROOT_KEY };
        const list = await run(deadLettersListCommand, [], { ...flags, role: "notifier" });
        expect(list.out).toBe(
          "0  2025-11-26 09:00:00  notifier  ses_refused  alerts/0/1 → kim@example.com  not verified",
        );
        const shown = JSON.parse((await run(deadLettersShowCommand, ["0"], flags)).out);
        expect(JSON.parse(shown.text)).toEqual(alertFixture());
        const again = await run(deadLettersRedriveCommand, ["0", "1", "77"], flags);
        expect(again.code).toBe(1);
        expect(again.out).toBe("0 is back on alerts");
        expect(again.err).toMatch(/^1: .*it came from kis.*\n77: .*77/);
        await run(recipientsSuppressCommand, ["Kim@example.com"], { ...flags, reason: "left" });
        await run(recipientsQuietCommand, ["lee@example.com", "22:00-07:00"], flags);
        const { out } = await run(recipientsListCommand, [], flags);
        expect(out).toMatch(
          /^kim@example.com {2}suppressed \(manual, .*\): left\nlee@example.com {2}quiet 22/,
        );
        await expect(run(recipientsQuietCommand, ["lee@example.com", "9-17"], flags)).rejects.toThrow(
          /22:00/,
        );
        for (const command of [deadLettersListCommand, deadLettersRedriveCommand]) {
          const stranger = run(command as Command, command === deadLettersRedriveCommand ? ["0"] : [], {
            ...flags,
            apiKey: "a-key-that-nobody-has-made",
          });
          await expect(stranger).rejects.toThrow(/^--api-key: .*was revoked$/);
        }
        await server.shutdown();
      }, { log });
    } finally {
      await log.close();
    }
  });
});

Deno.test("recipients are suppressed and given quiet hours from the command line", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "tickbell-recipients-" });
  try {
    await run(recipientsSuppressCommand, ["Kim@example.com"], { dataDir, reason: "left" });
    await run(recipientsQuietCommand, ["lee@example.com", "22:00-07:00"], { dataDir });
    const { out } = await run(recipientsListCommand, [], { dataDir });
    expect(out).toMatch(
      /^kim@example.com {2}suppressed \(manual, .*\): left\nlee@example.com {2}quiet 22:00-07:00/,
    );
    await expect(run(recipientsQuietCommand, ["lee@example.com", "9-17"], { dataDir })).rejects.toThrow(
      /22:00-07:30/,
    );
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});

Deno.test("preview prints the mail of a kind and a locale", async () => {
  const { out } = await run(previewCommand, [], { kind: "price_limit", locale: "en" });
  expect(out).toMatch(
    /^Subject: \[Price limit\] Samsung Electronics 69,500 won · the upper price limit is reached\n/,
  );
  expect((await run(previewCommand, [], { html: "true" })).out).toMatch(/^<!doctype html>/);
});

Deno.test("what was missed in the log is listed and acknowledged", async () => {
  await withLetters(async (dataDir) => {
    expect(await run(gapsListCommand, [], { dataDir })).toMatchObject({ code: 0, out: "nothing was missed" });
    const log = await openEmbeddedLog(dataDir);
    const gap = {
      v: 1,
      topic: "trades",
      partition: 0,
      from: 1,
      to: 301,
      reason: "deleted",
      detail: "gone",
      at: 0,
    };
    const key = "log-gap/stream/trades/0/1";
    await log.append([{
      topic: "status",
      key,
      value: JSON.stringify({ ...gap, group: "stream" }),
      timestamp: 0,
    }]);
    await log.close();
    expect(await run(gapsListCommand, [], { dataDir }))
      .toMatchObject({ code: 1, out: `${key}  1970-01-01 09:00:00  300 records  gone  (open)` });
    await expect(run(gapsAcknowledgeCommand, ["no"], { dataDir })).rejects.toThrow("see gaps list");
    expect((await run(gapsAcknowledgeCommand, [], { dataDir })).out).toBe(`${key} is acknowledged`);
    expect((await run(gapsListCommand, [], { dataDir })).code).toBe(0);
    expect((await run(gapsAcknowledgeCommand, [key], { dataDir })).out).toBe("no gap was open");
  });
});
