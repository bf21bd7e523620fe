import { expect } from "expect";
import { parse } from "yaml";
import { COMMANDS } from "../src/cli/commands.ts";
import { Program } from "../src/cli/program.ts";
import { flagName, knownVariables, loadConfig } from "../src/config/load.ts";
import { lambdaSettings } from "../src/config/lambda.ts";

const ROOT = new URL("..", import.meta.url);

interface Service {
  readonly image?: string;
  readonly build?: { readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

const compose = parse(await Deno.readTextFile(new URL("compose.yaml", ROOT)), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);
const ours = services.filter(([, { build }]) => build !== undefined);

/** The words a stage of the Dockerfile starts with, unless it is given others. */
const stages = new Map(
  [...(await Deno.readTextFile(new URL("Dockerfile", ROOT))).matchAll(
    /^FROM runtime AS (\w+)\nCMD (\[.*\])$/gm,
  )].map(([, stage, words]) => [stage as string, JSON.parse(words as string) as string[]]),
);

/** What the service tokens has written. */
function tokenOf(path: string): string {
  const made = /influxdb-tokens\.sh (.*) \|/.exec(compose.services.tokens?.command?.[0] ?? "")?.[1];
  if (path.startsWith("/tokens/") && made?.split(" ").includes(path.slice(8))) return "a-token";
  throw new Error(`nobody writes ${path}`);
}

Deno.test("compose.yaml: InfluxDB's operator token is for who makes buckets and tokens; the others have their own", () => {
  const operator = compose.services.influxdb?.environment?.DOCKER_INFLUXDB_INIT_ADMIN_TOKEN as string;
  const having = services.filter(([, service]) => JSON.stringify(service).includes(operator)).map(([name]) =>
    name
  );
  expect(having.sort()).toEqual(["influxdb", "tokens", "topics"]);
  for (const name of ["consumer", "control"]) {
    expect(compose.services[name]?.environment?.TICKBELL_INFLUX_TOKEN_FILE).toBe(`/tokens/${name}`);
  }
});

/** The command of the program that the words name, and the flags that follow. */
function commandOf(words: readonly string[]) {
  const command = COMMANDS.find(({ name }) => words.slice(0, name.split(" ").length).join(" ") === name);
  if (command === undefined) throw new Error(`no command ${words.join(" ")}`);
  return { command, flags: words.slice(command.name.split(" ").length) };
}

Deno.test("compose.yaml: each of our services is a stage of the Dockerfile and starts a command with settings it takes", () => {
  expect(ours.length).toBeGreaterThan(5);
  const variables = knownVariables({ ...new Program(COMMANDS).settings, ...lambdaSettings });
  for (const [name, { build, command: words, environment = {} }] of ours) {
    const stage = stages.get(build?.target ?? "");
    if (stage === undefined) throw new Error(`${name}: the Dockerfile has no stage ${build?.target}`);
    const { command, flags } = commandOf(words ?? stage);
    const known = new Map(Object.keys(command.settings).map((setting) => [flagName(setting), setting]));
    const given: Record<string, string> = {};
    for (let at = 0; at < flags.length; at += 2) {
      const setting = known.get(flags[at] as string);
      if (setting === undefined) throw new Error(`${name}: ${command.name} has no ${flags[at]}`);
      given[setting] = flags[at + 1] as string;
    }
    // Throws on a value that is refused, and on a variable that no command knows.
    const config = loadConfig(
      command.settings,
      { flags: given, env: environment, readText: tokenOf },
      variables,
    );
    expect(config).toMatchObject({ brokers: ["kafka:19092"] });
  }
});

Deno.test("compose.yaml: what a service waits for and mounts is there; ports are for this machine alone", async () => {
  for (const [name, service] of services) {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      const found = compose.services[other];
      if (found === undefined) throw new Error(`${name} waits for ${other}, which is no service`);
      if (condition === "service_healthy") expect(found.healthcheck).toBeDefined();
    }
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    for (const volume of service.volumes ?? []) {
      const source = volume.split(":")[0] as string;
      if (source.startsWith("./")) await Deno.stat(new URL(source, ROOT));
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
    // A tag or a digest, never whatever is newest.
    if (service.image !== undefined) {
      expect(service.image).toMatch(/(?::v?\d+\.\d+[.\d]*|@sha256:[0-9a-f]{64})$/);
    }
  }
});

Deno.test("compose.yaml: the broker is the one the tests run on", async () => {
  const tested = await Deno.readTextFile(new URL("tests/support/kafka_broker.ts", ROOT));
  const version = /const VERSION = "([\d.]+)"/.exec(tested)?.[1];
  expect(compose.services.kafka?.image).toBe(`docker.io/apache/kafka:${version}`);
});

Deno.test("infra/vm: the program takes every setting of compose.prod.yaml and of the example, and nothing else is named like one", async () => {
  const folder = new URL("infra/vm/", ROOT);
  const vm = parse(await Deno.readTextFile(new URL("compose.prod.yaml", folder))) as typeof compose;
  const example = await Deno.readTextFile(new URL("tickbell.env.example", folder));
  const given = [...example.matchAll(/^#? ?([A-Z_]+)=(.*)$/gm)].map(([, name, value]) =>
    [name, value] as const
  );
  const names = new Map(given.map(([name, value]) => [name as string, value as string]));
  const { tickbell, caddy } = vm.services;
  const filled = Object.entries(tickbell?.environment ?? {}).map(([name, value]) =>
    [name, value.replace(/\$\{(\w+):\?\}/g, (_, variable: string) => names.get(variable) as string)] as const
  );
  const env = Object.fromEntries([...given, ...filled].filter(([name]) => name?.startsWith("TICKBELL_")));
  const { command, flags } = commandOf(tickbell?.command ?? []);
  expect(flags).toEqual([]);
  const variables = knownVariables({ ...new Program(COMMANDS).settings, ...lambdaSettings });
  const keys = { TICKBELL_KIS_APP_KEYS: "key", TICKBELL_KIS_APP_SECRETS: "secret" };
  const config = loadConfig(command.settings, { flags: {}, env: { ...env, ...keys } }, variables);
  expect(config).toMatchObject({
    host: "0.0.0.0",
    dataDir: "/data",
    consoleUrl: "https://alerts.example.com",
    allowedHosts: ["alerts.example.com"],
    mail: "smtp",
  });
  // The world reaches the proxy alone.
  expect(tickbell?.ports).toBeUndefined();
  expect(caddy?.ports).toEqual(["80:80", "443:443"]);
});

Deno.test("compose.prod.yaml: no container's log fills the machine's disk, and no backup starts what was stopped", async () => {
  const text = await Deno.readTextFile(new URL("infra/vm/compose.prod.yaml", ROOT));
  const { services } = parse(text, { merge: true }) as { services: Record<string, { logging?: unknown }> };
  const bounded = { driver: "local", options: { "max-size": "20m", "max-file": "5" } };
  for (const service of Object.values(services)) expect(service.logging).toEqual(bounded);
  const unit = await Deno.readTextFile(new URL("infra/vm/tickbell-backup.service", ROOT));
  expect(unit).toContain("Requisite=tickbell.service");
  expect(unit).not.toContain("Requires=");
});
