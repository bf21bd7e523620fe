import type { controlSettings } from "../config/control.ts";
import type { Values } from "../config/setting.ts";
import { InputError } from "../core/errors.ts";
import type { ControlDeps } from "../control/deps.ts";

type FromSettings = Pick<
  ControlDeps,
  "publicMetrics" | "maxRules" | "requestsPerSecond" | "alertsKept" | "oidc"
>;

/**
 * What the control API takes from settings.
 *
 * @throws {InputError} when an OIDC issuer is given without an audience.
 */
export function controlDeps(config: Values<typeof controlSettings>): FromSettings {
  const { oidcIssuer: issuer, oidcAudience: audience, oidcJwksUrl, oidcTenantClaim } = config;
  if (issuer !== undefined && audience === undefined) {
    const reason = "is needed with --oidc-issuer: without it any token of the issuer would be taken";
    throw new InputError("bad_configuration", [{ field: "--oidc-audience", code: "missing", reason }]);
  }
  return {
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
