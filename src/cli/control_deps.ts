import type { streamSettings } from "../config/common.ts";
import type { controlSettings } from "../config/control.ts";
import type { deliverySettings } from "../config/delivery.ts";
import type { Values } from "../config/setting.ts";
import type { Clock } from "../core/clock.ts";
import { InputError } from "../core/errors.ts";
import type { ControlDeps } from "../control/deps.ts";
import type { EventLog } from "../ports/event_log.ts";
import { openSns } from "./open_sns.ts";

/** The settings the control API reads: its own, and those it must share with the notifier and the stream. */
export type ControlConfig =
  & Values<typeof controlSettings>
  & Pick<Values<typeof streamSettings>, "windowMs" | "graceMs">
  & Pick<Values<typeof deliverySettings>, "linkSecret" | "sesTopics">;

/**
 * What the control API takes from settings.
 *
 * @throws {InputError} when an OIDC issuer is given without an audience.
 */
export function controlDeps(
  config: ControlConfig,
  parts: { readonly log: EventLog; readonly clock: Clock; readonly engine: WebAssembly.Module },
): Partial<ControlDeps> {
  const { oidcIssuer: issuer, oidcAudience: audience, oidcJwksUrl, oidcTenantClaim } = config;
  if (issuer !== undefined && audience === undefined) {
    const reason = "is needed with --oidc-issuer: without it any token of the issuer would be taken";
    throw new InputError("bad_configuration", [{ field: "--oidc-audience", code: "missing", reason }]);
  }
  const onSnsMessage = openSns(config, parts.clock);
  return {
    engine: parts.engine,
    windowMs: config.windowMs,
    graceMs: config.graceMs,
    ...(config.linkSecret === undefined ? {} : { unsubscribeSecret: config.linkSecret }),
    ...(onSnsMessage === undefined ? {} : { onSnsMessage }),
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
