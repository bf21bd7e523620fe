import type { Settings } from "../config/setting.ts";
import { variablesOf } from "../config/load.ts";
import { netFlags, type ReachConfig, reachOf } from "./reach.ts";

const ROLES = ["producer", "stream", "consumer", "notifier", "control"] as const;

/** The roles that run as processes of their own. */
export type RoleName = typeof ROLES[number];

/** Whether a command is a role's. */
export function isRole(command: string): command is RoleName {
  return (ROLES as readonly string[]).includes(command);
}

/** What a role's process is given, and where it runs. */
export interface RolePlace {
  readonly config: ReachConfig & Readonly<Record<string, unknown>>;
  readonly settings: Settings;
  readonly env: Readonly<Record<string, string>>;
  /** The folder of the program. */
  readonly program: string;
  /** Deno's folder of npm packages. */
  readonly packages: string;
  /** The one package that has native code: the checksums of Kafka's batches. */
  readonly native: string;
  /** The file by which native code is chosen; undefined: there is none, so the machine itself is asked. */
  readonly libc: string | undefined;
  /** What relative paths begin at. */
  readonly folder: string;
}

/** Variables of the libraries that a role uses: OpenTelemetry, and AWS's SDK where there is something of AWS. */
const TELEMETRY = ["OTEL_*", "NO_COLOR"];
const AWS = ["AWS_*", "HOME"];

/**
 * The flags of Deno for a role: the files and variables that its settings name, the hosts that they lead to, native code of
 * one package, and no programs. Writing is for those that keep something.
 */
export function roleFlags(role: RoleName, place: RolePlace): string[] {
  const { config, native, libc } = place;
  const { brokers = [], kafkaHosts = [] } = config;
  const listen = (role === "control" ? config.host : config.metricsHost as string | undefined) ?? "127.0.0.1";
  // Without the hosts of all brokers nobody knows where a broker sends its clients.
  const isKnown = brokers.length === 0 || kafkaHosts.length > 0;
  const net = isKnown
    ? netFlags(reachOf(config), listen, [...hostsOf(brokers), ...kafkaHosts])
    : ["--allow-net"];
  const writes = writtenBy(role, place);
  return [
    `--allow-read=${readBy(place).join(",")}`,
    ...(writes.length === 0 ? [] : [`--allow-write=${writes.join(",")}`]),
    `--allow-env=${variables(role, place).join(",")}`,
    // Libraries ask for others, and take it that there are none.
    "--ignore-env",
    ...(brokers.length === 0 ? [] : [`--allow-ffi=${native}`]),
    // Whose a data directory is.
    libc === undefined && brokers.length > 0 ? "--allow-sys" : "--allow-sys=uid",
    ...net,
  ];
}

function hostsOf(brokers: readonly string[]): string[] {
  return brokers.map((broker) => broker.replace(/:\d+$/, ""));
}

function readBy(place: RolePlace): string[] {
  const { config, settings, env, program, packages, libc, folder } = place;
  const named = Object.entries(settings).flatMap(([name, { placeholder }]) => {
    const value = config[name];
    if (value === undefined || !/^(?:FILE|DIR|FOLDER)/.test(placeholder ?? "")) return [];
    return (Array.isArray(value) ? value : String(value).split(",")).map(String);
  });
  const lists = [config.symbols ?? []].flat().flatMap((value) =>
    value.startsWith("@") ? [value.slice(1)] : []
  );
  const secrets = ownVariables(place).flatMap((name) => name.endsWith("_FILE") ? env[name] ?? [] : []);
  const paths = [...named, ...lists, ...secrets].filter((path) => path !== "");
  const always = [program, packages, ...(libc === undefined ? [] : [libc])];
  return [...new Set([...always, ...paths.map((path) => absolute(folder, path))])];
}

/** The stream keeps everything on the log; who has InfluxDB keeps no prices; a producer keeps KIS's token and rate. */
function writtenBy(role: RoleName, { config, folder }: RolePlace): string[] {
  const dataDir = absolute(folder, String(config.dataDir));
  if ((config.brokers ?? []).length === 0) return [dataDir];
  const keeps: Readonly<Record<RoleName, boolean>> = {
    producer: config.source === "kis",
    stream: false,
    consumer: config.influxUrl === undefined,
    notifier: config.mail === "outbox",
    control: config.influxUrl === undefined || config.apiKey === undefined,
  };
  return keeps[role] ? [dataDir] : [];
}

function variables(role: RoleName, place: RolePlace): string[] {
  const { config } = place;
  const isAws = config.mail === "ses" || config.lambdaTable !== undefined;
  // Who writes prices alone has no use for what makes a record be believed.
  const hidden = role === "producer" || role === "consumer" ? /^TICKBELL_LOG_SECRET/ : /^$/;
  const own = ownVariables(place).filter((name) => !hidden.test(name));
  return [...own, ...TELEMETRY, ...(isAws ? AWS : [])];
}

function ownVariables({ settings }: RolePlace): string[] {
  return Object.entries(settings).flatMap(([name, setting]) => variablesOf(name, setting));
}

function absolute(folder: string, path: string): string {
  return path.startsWith("/") ? path : `${folder}/${path}`;
}
