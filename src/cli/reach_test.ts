import { expect } from "expect";
import { loadConfig, refuseIdle } from "../config/load.ts";
import type { InputError } from "../core/errors.ts";
import { netFlags, reachOf } from "./reach.ts";
import { startSettings } from "./start_settings.ts";

const config = (flags: Record<string, string>) => loadConfig(startSettings, { flags, env: {} });
const flags = (given: Record<string, string>) => {
  const values = config(given);
  return netFlags(reachOf(values), values.host);
};

Deno.test("a start may reach what its settings name, and nothing else", () => {
  const own = "127.0.0.1,localhost";
  expect(flags({})).toEqual([`--allow-net=${own},hooks.slack.com:443,discord.com:443`]);
  expect(flags({ host: "0.0.0.0" })).toEqual([
    `--allow-net=${own},0.0.0.0,hooks.slack.com:443,discord.com:443`,
  ]);
  expect(flags({ mail: "smtp", smtpUrl: "smtps://u:p@mail.example.com" })).toEqual([
    `--allow-net=${own},mail.example.com:465,hooks.slack.com:443,discord.com:443`,
  ]);
  expect(flags({ source: "kis" })[0]).toContain(
    ",openapi.koreainvestment.com:9443,ops.koreainvestment.com:21000,",
  );
  expect(flags({ source: "kis", kisRestUrl: "http://127.0.0.1:1", kisSocketUrl: "ws://localhost:2" })[0]).not
    .toContain("openapi");
  expect(flags({ mail: "ses", sesRegion: "us-east-1" })[0]).toContain("email.us-east-1.amazonaws.com:443");
  expect(flags({ smsGateway: "solapi", ntfyUrl: "https://ntfy.sh" })[0]).toContain(
    ",ntfy.sh:443,api.solapi.com:443",
  );
  expect(flags({ pushKeys: "a,b" })[0]).toBe("--allow-net");
  expect(flags({ influxUrl: "http://influxdb:8086", telegramToken: "t" })[0]).toContain(
    "api.telegram.org:443,influxdb:8086",
  );
});

Deno.test("with webhooks everything may be reached but private networks, unless a setting may lead there", () => {
  const webhookSecret = "a secret of sixteen";
  expect(flags({ webhookSecret })).toEqual([
    "--allow-net",
    "--deny-net=10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16",
  ]);
  // Where credentials come from is left out, and no more of its network.
  const [, denied = ""] = flags({ webhookSecret, mail: "ses" });
  expect(denied).toMatch(
    /^--deny-net=10\.0\.0\.0\/8,172\.16\.0\.0\/12,192\.168\.0\.0\/16,169\.254\.0\.0\/17,/,
  );
  expect(denied).not.toContain("169.254.0.0/16");
  expect(denied).toContain("169.254.169.255/32");
  expect(flags({ webhookSecret, mail: "smtp", smtpUrl: "smtp://mail.corp:25" })).toEqual(["--allow-net"]);
});

Deno.test("a flag without effect is refused, with what it is for; a variable may say more than one needs", () => {
  const verdict = (given: Record<string, string>) => {
    try {
      refuseIdle(startSettings, { config: config(given), flags: given });
      return "taken";
    } catch (thrown) {
      return (thrown as InputError).message;
    }
  };
  expect(verdict({ rate: "5" })).toBe("taken");
  expect(verdict({ source: "replay", file: "x", speed: "max", exitWhenDone: "true" })).toBe("taken");
  expect(verdict({ source: "replay", file: "x", rate: "5" })).toBe(
    "--rate: has no effect with --source replay: it is for --source simulator",
  );
  expect(verdict({ exitWhenDone: "true" })).toContain(
    "--exit-when-done: has no effect with --source simulator",
  );
  expect(verdict({ smtpUrl: "smtp://a" })).toContain("it is for --mail smtp");
  expect(verdict({ influxToken: "t" })).toBe("--influx-token: has no effect without --influx-url");
  expect(verdict({ webhookLocal: "true", webhookSecret: "0123456789abcdef" })).toBe("taken");
});
