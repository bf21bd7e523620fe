import { MASTER_URL } from "../adapters/kis/rest/master_site.ts";
import { KIS_ENVIRONMENTS } from "../adapters/kis/environment.ts";
import { isAddress, withoutAddresses } from "./networks.ts";
import { GATEWAYS } from "../adapters/sms/gateways.ts";
import type { Values } from "../config/setting.ts";
import type { startSettings } from "./start_settings.ts";

/** What a process must be able to reach, for the settings it has. */
export interface Reach {
  /** Each with the setting that needs it: `smtp.example.com:587`. */
  readonly hosts: readonly ReachedHost[];
  /** Webhooks and the push services of browsers go anywhere but into private networks. */
  readonly anywhere: boolean;
}

/** A host, and what it is for. */
export interface ReachedHost {
  readonly host: string;
  readonly need: string;
  /** Whether everything else works without it: any rule may name Slack, none has to. */
  readonly optional: boolean;
}

type Config = Values<typeof startSettings>;

/** The settings of a role: those of `start`, as far as it has them, and those that `start` has not. */
export type ReachConfig = Partial<Config> & {
  readonly brokers?: readonly string[];
  readonly kafkaHosts?: readonly string[];
  readonly lambdaTable?: string | undefined;
  readonly dynamodbEndpoint?: string | undefined;
};

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  "http:": 80,
  "https:": 443,
  "ws:": 80,
  "wss:": 443,
  "smtp:": 587,
  "smtps:": 465,
};
const LOOPBACK = ["127.0.0.1", "localhost", "[::1]", "::1"];

/** The hosts that `start`, or a role, reaches with these settings, its own API and the brokers left out. */
export function reachOf(config: ReachConfig): Reach {
  const needs: Need[] = [
    ...kisNeeds(config),
    ...mailNeeds(config),
    [config.slackApi, "Slack", true],
    [config.discordApi, "Discord", true],
    [config.ntfyUrl, "--ntfy-url"],
    ...smsNeeds(config),
    [config.telegramToken === undefined ? undefined : config.telegramApi, "--telegram-token"],
    [config.influxUrl, "--influx-url"],
    [config.oidcIssuer, "--oidc-issuer"],
    [config.oidcJwksUrl, "--oidc-jwks-url"],
    ...(config.sesTopics ?? []).map((
      arn,
    ): [string, string] => [`https://sns.${arn.split(":")[3]}.amazonaws.com`, "--ses-topics"]),
    ...tableNeeds(config),
  ];
  const hosts = needs.flatMap(([url, need, optional = false]) => {
    const host = url === undefined ? undefined : hostOf(url);
    return host === undefined || isLoopback(host) ? [] : [{ host, need, optional }];
  });
  return {
    hosts,
    anywhere: config.webhookSecret !== undefined || config.pushKeys !== undefined ||
      config.webPush === true,
  };
}

type Need = readonly [url: string | undefined, need: string, optional?: boolean];

function kisNeeds(config: ReachConfig): Need[] {
  if (config.source !== "kis" || config.kisEnvironment === undefined) return [];
  const { restUrl, socketUrl } = KIS_ENVIRONMENTS[config.kisEnvironment];
  return [
    [config.kisRestUrl ?? restUrl, "--source kis"],
    [config.kisSocketUrl ?? socketUrl, "--source kis"],
    [config.kisMasterUrl ?? MASTER_URL, "the list of symbols", true],
  ];
}

function mailNeeds(config: ReachConfig): Need[] {
  if (config.mail === "smtp") return [[config.smtpUrl, "--mail smtp"]];
  if (config.mail !== "ses") return [];
  if (config.sesEndpoint !== undefined) return [[config.sesEndpoint, "--mail ses"]];
  const aws = ["email", "sts"].map((service) => `https://${service}.${config.sesRegion}.amazonaws.com`);
  return [...aws, ...CREDENTIALS].map((url) => [url, "--mail ses"]);
}

/** Where the credentials of an instance, of a container and of a pod come from. */
const CREDENTIALS = ["http://169.254.169.254", "http://169.254.170.2", "http://169.254.170.23"];

function tableNeeds({ lambdaTable, dynamodbEndpoint, sesRegion }: ReachConfig): Need[] {
  if (lambdaTable === undefined) return [];
  const table = dynamodbEndpoint ?? `https://dynamodb.${sesRegion}.amazonaws.com`;
  return [table, ...CREDENTIALS].map((url) => [url, "--lambda-table"]);
}

function smsNeeds({ smsGateway: gateway = "none", smsUrl }: ReachConfig): Need[] {
  if (gateway === "none") return [];
  const urls = smsUrl === undefined ? GATEWAYS[gateway].homes : [smsUrl];
  return urls.map((url) => [url, `--sms-gateway ${gateway}`]);
}

/** `host:port` of an address; undefined for one that is none. */
export function hostOf(url: string): string | undefined {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.hostname === "") return undefined;
  const port = parsed.port === "" ? DEFAULT_PORTS[parsed.protocol] : Number(parsed.port);
  return port === undefined ? parsed.hostname : `${parsed.hostname}:${port}`;
}

function isLoopback(host: string): boolean {
  return LOOPBACK.includes(host.replace(/:\d+$/, ""));
}

/** Networks that webhooks must not reach into; what the settings name themselves stays reachable. */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"];
/** Whose names never lead into a private network. */
const PUBLIC =
  /(?:^|\.)(?:amazonaws\.com|koreainvestment\.com|slack\.com|telegram\.org|discord\.com|ntfy\.sh|solapi\.com|toast\.com)(?::\d+)?$/;

/**
 * The flags of Deno that let a process reach it, and listen.
 *
 * @param brokers hosts of brokers, which a process may reach wherever they are.
 */
export function netFlags(
  { hosts, anywhere }: Reach,
  listen: string,
  brokers: readonly string[] = [],
): string[] {
  const own = [
    "127.0.0.1",
    "localhost",
    ...(LOOPBACK.includes(listen) ? [] : [listen.includes(":") ? `[${listen}]` : listen]),
  ];
  if (!anywhere) {
    return [`--allow-net=${[...new Set([...own, ...hosts.map(({ host }) => host), ...brokers])].join(",")}`];
  }
  const named = [...hosts.map(({ host }) => host.replace(/:\d+$/, "")), ...brokers];
  // What has a name may be anywhere inside; what has an address is left out of what is denied.
  const inside = named.filter((host) => !isAddress(host) && !isLoopback(host) && !PUBLIC.test(host));
  const denied = inside.length > 0 ? [] : PRIVATE.flatMap((range) => withoutAddresses(range, named));
  return ["--allow-net", ...(denied.length === 0 ? [] : [`--deny-net=${denied.join(",")}`])];
}
