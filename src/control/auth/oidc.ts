import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
} from "jose";
import type { Clock } from "../../core/clock.ts";
import { InputError, messageOf, OutsideError } from "../../core/errors.ts";
import { DEFAULT_TENANT, isTenant } from "../../rules/tenancy.ts";
import { type Identity, type Scope, SCOPES } from "./principal.ts";

/** Which tokens are taken. */
export interface OidcOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Where the issuer's keys are; by default its discovery document says. */
  readonly jwksUrl?: string;
  /** The claim that names the tenant. */
  readonly tenantClaim: string;
}

/** Signatures by a key pair only: who checks a token cannot make one. */
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
];
/** What a token may say that it is (RFC 9068); none of an ID token's other kinds. */
const TYPES = [undefined, "jwt", "at+jwt", "application/at+jwt"];
/** The issuer's keys are read again after this long; for a key id that is not among them, and after a failure, this often. */
const FRESH_MS = 600_000;
const AGAIN_MS = 30_000;
const TIMEOUT_MS = 5_000;

/** The keys of the issuer: asked for one, and what is known of all. */
type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;

/**
 * Knows callers by OIDC bearer tokens: signed by the issuer's key, for our audience, not expired. The tenant is a claim,
 * the scopes are those of `scope` (or the list `scopes`) that we have.
 */
export class OidcVerifier {
  readonly #options: OidcOptions;
  readonly #clock: Clock;
  readonly #fetch: typeof fetch;
  #keys: Promise<RemoteKeys> | undefined;
  #failedAt = -Infinity;

  /** @throws {InputError} for an issuer or address of keys that is not https. */
  constructor(options: OidcOptions & { clock: Clock; fetch?: typeof fetch }) {
    requireHttps(options.issuer, "--oidc-issuer");
    if (options.jwksUrl !== undefined) requireHttps(options.jwksUrl, "--oidc-jwks-url");
    this.#options = options;
    this.#clock = options.clock;
    this.#fetch = options.fetch ?? fetch;
  }

  /**
   * Who a token belongs to; undefined when it is not one we take.
   *
   * @throws {OutsideError} `oidc_unreachable` when the issuer's keys cannot be read.
   */
  async identify(token: string): Promise<Identity | undefined> {
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
    const keys = await this.#remoteKeys();
    try {
      const { payload, protectedHeader } = await jwtVerify(token, orLastKnown(keys), {
        issuer: this.#options.issuer,
        audience: this.#options.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ["exp", "sub"],
        currentDate: new Date(this.#clock.now()),
      });
      return TYPES.includes(protectedHeader.typ?.toLowerCase()) ? this.#identity(payload) : undefined;
    } catch (thrown) {
      if (isOfToken(thrown)) return undefined;
      throw unreachable(thrown);
    }
  }

  #identity(claims: JWTPayload): Identity | undefined {
    const { sub, exp, [this.#options.tenantClaim]: tenant } = claims;
    if (sub === undefined || sub === "" || exp === undefined || !isTenant(tenant)) return undefined;
    const words = typeof claims.scope === "string" ? claims.scope.split(" ") : claims.scopes;
    const scopes = SCOPES.filter((scope: Scope) => Array.isArray(words) && words.includes(scope));
    const operator = tenant === DEFAULT_TENANT && scopes.includes("admin");
    const expiresAt = exp * 1_000;
    const isLive = () => this.#clock.now() < expiresAt;
    return { tenant, scopes, subject: `oidc:${sub.slice(0, 200)}`, operator, expiresAt, isLive };
  }

  async #remoteKeys(): Promise<RemoteKeys> {
    if (this.#keys === undefined && this.#clock.monotonic() - this.#failedAt < AGAIN_MS) {
      throw unreachable("it could not be asked just now");
    }
    try {
      return await (this.#keys ??= this.#open());
    } catch (thrown) {
      this.#keys = undefined;
      this.#failedAt = this.#clock.monotonic();
      throw unreachable(thrown);
    }
  }

  async #open(): Promise<RemoteKeys> {
    const url = this.#options.jwksUrl ?? await this.#discover();
    return createRemoteJWKSet(new URL(url), {
      timeoutDuration: TIMEOUT_MS,
      cooldownDuration: AGAIN_MS,
      cacheMaxAge: FRESH_MS,
      [customFetch]: (address, init) => this.#fetch(address, init as RequestInit),
    });
  }

  /** The address of the keys, from a document that must name the very issuer it was asked of (OIDC Discovery 4.3). */
  async #discover(): Promise<string> {
    const { issuer } = this.#options;
    const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const response = await this.#fetch(address, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { accept: "application/json" },
      redirect: "error",
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`${address} answered ${response.status}`);
    }
    const { issuer: named, jwks_uri: url } = await response.json() as {
      issuer?: unknown;
      jwks_uri?: unknown;
    };
    if (named !== issuer) throw new Error(`${address} is of the issuer ${JSON.stringify(named)}`);
    if (typeof url !== "string" || !isHttps(url)) {
      throw new Error("the discovery document names no https jwks_uri");
    }
    return url;
  }
}

/** The issuer's keys; those that were known last while it cannot be reached. */
function orLastKnown(keys: RemoteKeys): JWTVerifyGetKey {
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (thrown) {
      const last = keys.jwks();
      if (isOfToken(thrown) || last === undefined) throw thrown;
      return await createLocalJWKSet(last)(header, token);
    }
  };
}

/** Whether it is the token that is at fault, and not the way to the issuer's keys. */
function isOfToken(thrown: unknown): boolean {
  return thrown instanceof errors.JWTExpired || thrown instanceof errors.JWTClaimValidationFailed ||
    thrown instanceof errors.JWTInvalid || thrown instanceof errors.JWSInvalid ||
    thrown instanceof errors.JWSSignatureVerificationFailed || thrown instanceof errors.JOSEAlgNotAllowed ||
    thrown instanceof errors.JOSENotSupported || thrown instanceof errors.JWKSNoMatchingKey ||
    thrown instanceof errors.JWKSMultipleMatchingKeys;
}

function unreachable(thrown: unknown): OutsideError {
  if (thrown instanceof OutsideError) return thrown;
  const reason = `The token issuer's keys cannot be read: ${messageOf(thrown)}`;
  return new OutsideError("oidc_unreachable", reason, { retryable: true, cause: thrown });
}

function isHttps(text: string): boolean {
  const url = URL.parse(text);
  const loopback = url !== null && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  return url !== null && (url.protocol === "https:" || (url.protocol === "http:" && loopback));
}

function requireHttps(text: string, field: string): void {
  if (isHttps(text)) return;
  const reason = "must be an https address: whoever is between could hand out keys of his own";
  throw new InputError("bad_configuration", [{ field, code: "not_https", reason, value: text }]);
}
