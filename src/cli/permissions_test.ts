import { expect } from "expect";
import { fileURLToPath } from "node:url";
import { loadConfig } from "../config/load.ts";
import type { Settings } from "../config/setting.ts";
import { roleFlags, type RoleName, type RolePlace } from "./permissions.ts";
import { roleSettings } from "./role_settings.ts";

const PROBE = fileURLToPath(new URL("../../tests/support/permission_probe.ts", import.meta.url));
const ROLES = Object.keys(roleSettings) as RoleName[];
const SECRET = "a secret of sixteen";
const BROKERS = { TICKBELL_BROKERS: "10.100.100.11:9092", TICKBELL_KAFKA_HOSTS: "10.100.100.0/24" };

/** As the chart sets them. */
const ENV: Readonly<Record<RoleName, Readonly<Record<string, string>>>> = {
  producer: {
    ...BROKERS,
    TICKBELL_SOURCE: "kis",
    TICKBELL_DATA_DIR: "/data",
    TICKBELL_KIS_APP_KEYS_FILE: "/run/secrets/kis/app-keys",
  },
  stream: { ...BROKERS, TICKBELL_LOG_SECRET_FILE: "/run/secrets/log/secret" },
  consumer: { ...BROKERS, TICKBELL_INFLUX_URL: "http://10.100.200.10:8086" },
  notifier: { ...BROKERS, TICKBELL_MAIL: "ses", TICKBELL_WEBHOOK_SECRET: SECRET },
  control: { ...BROKERS, TICKBELL_API_KEY: "tb_a_key", TICKBELL_INFLUX_URL: "http://influxdb:8086" },
};

function flagsOf(role: RoleName, env: Readonly<Record<string, string>>): string[] {
  const settings: Settings = roleSettings[role];
  const config = loadConfig(settings, { flags: {}, env, readText: () => SECRET });
  return roleFlags(role, {
    config: config as RolePlace["config"],
    settings,
    env,
    program: "/app",
    packages: "/deno-dir/npm",
    native: "/deno-dir/npm/registry/@node-rs",
    libc: "/usr/bin/ldd",
    folder: "/app",
  });
}

/** What no role may, and nobody who takes one over. */
const NOBODY: readonly Deno.PermissionDescriptor[] = [
  { name: "run" },
  { name: "ffi" },
  { name: "ffi", path: "/tmp/evil.so" },
  { name: "read", path: "/etc/passwd" },
  { name: "read", path: "/run/secrets/other" },
  { name: "write", path: "/app/src/cli/main.ts" },
  { name: "write", path: "/etc" },
  { name: "env" },
  { name: "env", variable: "PASSWORD_OF_ANOTHER_PROGRAM" },
  { name: "sys", kind: "hostname" },
  { name: "net", host: "169.254.169.253" },
  { name: "net", host: "10.0.0.1:22" },
  { name: "net", host: "192.168.0.1:80" },
];

/** What a role must be able to do, and what it alone of all must not. */
const OWN: Readonly<
  Record<RoleName, readonly [may: Deno.PermissionDescriptor[], mayNot: Deno.PermissionDescriptor[]]>
> = {
  producer: [
    [
      { name: "net", host: "openapi.koreainvestment.com:9443" },
      { name: "read", path: "/run/secrets/kis/app-keys" },
      { name: "write", path: "/data/kis.token" },
      { name: "env", variable: "TICKBELL_KIS_APP_KEYS" },
    ],
    [
      { name: "env", variable: "TICKBELL_LOG_SECRET" },
      { name: "env", variable: "TICKBELL_API_KEY" },
      { name: "net", host: "example.com:443" },
    ],
  ],
  stream: [
    [{ name: "env", variable: "TICKBELL_LOG_SECRET_FILE" }, {
      name: "read",
      path: "/run/secrets/log/secret",
    }],
    [{ name: "write", path: "/app/data" }, { name: "net", host: "example.com:443" }],
  ],
  consumer: [
    [{ name: "net", host: "10.100.200.10:8086" }],
    [
      { name: "write", path: "/app/data" },
      { name: "env", variable: "TICKBELL_LOG_SECRET" },
      { name: "net", host: "example.com:443" },
    ],
  ],
  notifier: [
    [{ name: "net", host: "hooks.example.com:443" }, { name: "env", variable: "AWS_REGION" }],
    [
      { name: "write", path: "/app/data" },
      { name: "net", host: "10.100.200.10:8086" },
      { name: "env", variable: "TICKBELL_KIS_APP_SECRETS" },
    ],
  ],
  control: [
    [{ name: "net", host: "influxdb:8086" }, { name: "env", variable: "TICKBELL_API_KEY" }],
    [
      { name: "write", path: "/app/data" },
      { name: "net", host: "example.com:443" },
      { name: "env", variable: "TICKBELL_SMTP_URL" },
    ],
  ],
};

for (const role of ROLES) {
  Deno.test(`the ${role} may do what it needs, and nothing that it does not`, async () => {
    const [own, notOwn] = OWN[role];
    const may = [{ name: "net", host: "10.100.100.12:9092" } as const, ...own];
    const mayNot = [...NOBODY, ...notOwn];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-q",
        "--no-prompt",
        ...flagsOf(role, ENV[role]),
        PROBE,
        JSON.stringify([...may, ...mayNot]),
      ],
    }).output();
    const text = new TextDecoder().decode(stdout);
    if (text === "") throw new Error(new TextDecoder().decode(stderr));
    const granted = JSON.parse(text) as boolean[];
    expect(may.filter((_, index) => !granted[index])).toEqual([]);
    expect(mayNot.filter((_, index) => granted[may.length + index])).toEqual([]);
  });
}

Deno.test("without the hosts of all brokers any host may be reached, because a broker sends its clients to others", () => {
  const { TICKBELL_KAFKA_HOSTS: _, ...env } = ENV.stream;
  expect(flagsOf("stream", env)).toContain("--allow-net");
});

Deno.test("without brokers there is no native code, and what is kept is in the data directory", () => {
  const flags = flagsOf("stream", { TICKBELL_DATA_DIR: "data" });
  expect(flags.some((flag) => flag.startsWith("--allow-ffi"))).toBe(false);
  expect(flags).toContain("--allow-write=/app/data");
});
