import { TelegramBot } from "../adapters/telegram/telegram_bot.ts";
import type { commonSettings, streamSettings } from "../config/common.ts";
import type { controlSettings } from "../config/control.ts";
import type { deliverySettings } from "../config/delivery.ts";
import type { Values } from "../config/setting.ts";
import type { Clock } from "../core/clock.ts";
import { InputError } from "../core/errors.ts";
import type { ControlDeps } from "../control/deps.ts";
import { timeOfHour } from "../market/seoul_time.ts";
import { recipientFault } from "../rules/channels.ts";
import { isTenant } from "../rules/tenancy.ts";
import { addressFaults, type AddressFaultsConfig } from "./address_faults.ts";
import { type ConsentConfig, consentPolicy } from "./consent_policy.ts";
import { openSns } from "./open_sns.ts";
import { badSetting } from "./bad_setting.ts";
import { VERSION } from "./version.ts";

/** The settings the control API reads: its own, and those it must share with the notifier and the stream. */
export type ControlConfig =
  & Values<typeof controlSettings>
  & Pick<Values<typeof commonSettings>, "host">
  & Pick<Values<typeof streamSettings>, "windowMs" | "graceMs">
  & Pick<Values<typeof deliverySettings>, "sesTopics" | "telegramToken" | "telegramApi">
  & ConsentConfig
  & AddressFaultsConfig;

/**
 * What the control API takes from settings.
 *
 * @throws {InputError} when an OIDC issuer is given without an audience, or a key that can be guessed.
 */
export function controlDeps(
  config: ControlConfig,
  { clock, engine }: { readonly clock: Clock; readonly engine: WebAssembly.Module },
): Partial<ControlDeps> {
  const { oidcIssuer: issuer, oidcAudience: audience, oidcJwksUrl, oidcTenantClaim } = config;
  if (issuer !== undefined && audience === undefined) {
    const reason = "is needed with --oidc-issuer: without it any token of the issuer would be taken";
    throw new InputError("bad_configuration", [{ field: "--oidc-audience", code: "missing", reason }]);
  }
  requireLongKey(config.apiKey);
  const onSnsMessage = openSns(config, clock);
  return {
    engine,
    windowMs: config.windowMs,
    graceMs: config.graceMs,
    ...(config.linkSecret === undefined ? {} : { linkSecret: config.linkSecret }),
    ...(config.pushPublicKey === undefined ? {} : { pushKey: config.pushPublicKey }),
    ...selfServiceOf(config),
    ...botOf(config),
    ...reportOf(config),
    ...canaryOf(config),
    consent: consentPolicy(config),
    asksPerDay: config.newAddressesPerDay,
    addressFaults: addressFaults(config, Deno.permissions.querySync({ name: "net" }).state === "granted"),
    ...(onSnsMessage === undefined ? {} : { onSnsMessage }),
    ...allowedHostsOf(config),
    version: VERSION,
    publicMetrics: !config.privateMetrics,
    maxRules: config.maxRules,
    requestsPerSecond: config.requestsPerSecond,
    alertsKept: config.alertsKept,
    ...(issuer === undefined || audience === undefined ? {} : {
      oidc: {
        issuer,
        audience,
        tenantClaim: oidcTenantClaim,
        ...(oidcJwksUrl === undefined ? {} : { jwksUrl: oidcJwksUrl }),
      },
    }),
  };
}

/** Fewer characters than this can be guessed. */
const LEAST_KEY = 16;

function requireLongKey(key: string | undefined): void {
  if (key === undefined || key.length >= LEAST_KEY) return;
  const reason = `must have at least ${LEAST_KEY} characters: it has every right`;
  throw new InputError("bad_configuration", [{ field: "--api-key", code: "too_short", reason }]);
}

/** Any name where the API listens to the network and none is configured; the network's names are not ours to know. */
function allowedHostsOf({ host, allowedHosts }: ControlConfig): Pick<ControlDeps, "allowedHosts"> {
  const local = host === "localhost" || host.startsWith("127.") || host === "::1";
  return local || allowedHosts.length > 0 ? { allowedHosts: [...allowedHosts, host] } : {};
}

/** @throws {InputError} when self-service is on and cannot work. */
function selfServiceOf(config: ControlConfig): Pick<ControlDeps, "selfService"> {
  if (!config.selfService) return {};
  const { selfServiceTenant: tenant, selfServiceDomains: domains, selfServiceRules: maxRules } = config;
  if (config.linkSecret === undefined) {
    throw badSetting("--link-secret", "is needed with --self-service: it signs the links that sign in");
  }
  if (!isTenant(tenant)) throw badSetting("--self-service-tenant", "must be 1 to 20 of a-z 0-9 and -");
  return { selfService: { tenant, domains, maxRules } };
}

/** @throws {InputError} where nobody can be written to at the address, or a day is replayed. */
function canaryOf(
  { canary: to, source }: ControlConfig & { readonly source?: string },
): Pick<ControlDeps, "canary"> {
  if (to === undefined) return {};
  const fault = source === "replay"
    ? "goes by today's time, and a replay by another day's: leave it out"
    : recipientFault(to);
  if (fault !== undefined) throw badSetting("--canary", fault);
  return { canary: { to } };
}

/** @throws {InputError} where the time is none, or nobody can be written to at the address. */
function reportOf(
  { reportTo: to, reportAt, reportLocale: locale }: ControlConfig,
): Pick<ControlDeps, "report"> {
  if (to === undefined) return {};
  const fault = recipientFault(to);
  if (fault !== undefined) throw badSetting("--report-to", fault);
  const atMs = timeOfHour(`${reportAt.replace(":", "")}00`);
  if (!/^\d\d:\d\d$/.test(reportAt) || atMs === undefined) {
    throw badSetting("--report-at", "must be a time such as 20:10");
  }
  return { report: { to, atMs, locale } };
}

/** The bot that persons write to; without self-service there is nobody it could know. */
function botOf({ selfService, telegramToken: token, telegramApi: base }: ControlConfig) {
  return selfService && token !== undefined ? { telegramBot: new TelegramBot({ token, base }) } : {};
}
