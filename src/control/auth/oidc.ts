import { decode, verifyWithJwks } from "hono/utils/jwt/jwt";
import type { Clock } from "../../core/clock.ts";
import { messageOf, OutsideError } from "../../core/errors.ts";
import { DEFAULT_TENANT, isTenant } from "../../rules/tenancy.ts";
import { type Principal, type Scope, SCOPES } from "./principal.ts";

/** Which tokens are taken. */
export interface OidcOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Where the issuer's keys are; by default its discovery document says. */
  readonly jwksUrl?: string;
  /** The claim that names the tenant. */
  readonly tenantClaim: string;
}

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
] as const;
/** The issuer's keys are read again after this long, and for a key id that is not among them, at most this often. */
const FRESH_MS = 600_000;
const AGAIN_MS = 30_000;
const TIMEOUT_MS = 5_000;

type Keys = NonNullable<Parameters<typeof verifyWithJwks>[1]["keys"]>;

/**
 * Knows callers by OIDC bearer tokens: signed by the issuer's key, for our audience, not expired. The tenant is a claim,
 * the scopes are those of `scope` (or the list `scopes`) that we have.
 */
export class OidcVerifier {
  readonly #options: OidcOptions;
  readonly #clock: Clock;
  readonly #fetch: typeof fetch;
  #keys: { readonly keys: Keys; readonly at: number } | undefined;
  #reading: Promise<Keys> | undefined;

  constructor(options: OidcOptions & { clock: Clock; fetch?: typeof fetch }) {
    this.#options = options;
    this.#clock = options.clock;
    this.#fetch = options.fetch ?? fetch;
  }

  /**
   * Who a token belongs to; undefined when it is not one we take.
   *
   * @throws {OutsideError} `oidc_unreachable` when the issuer's keys cannot be read.
   */
  async identify(token: string): Promise<Omit<Principal, "viaCookie"> | undefined> {
    const header = headerOf(token);
    if (header === undefined) return undefined;
    const keys = await this.#keysFor(header.kid);
    let claims: Record<string, unknown>;
    try {
      claims = await verifyWithJwks(token, {
        keys,
        allowedAlgorithms: ALGORITHMS,
        verification: {
          iss: this.#options.issuer,
          aud: this.#options.audience,
          ...(header.typ !== undefined && header.typ !== "JWT" ? { typ: "at+jwt" } : {}),
        },
      });
    } catch {
      return undefined;
    }
    return this.#principal(claims);
  }

  #principal(claims: Record<string, unknown>): Omit<Principal, "viaCookie"> | undefined {
    const tenant = claims[this.#options.tenantClaim];
    // A token without an end or a subject is no session of a person.
    if (typeof claims.exp !== "number" || typeof claims.sub !== "string" || !isTenant(tenant)) {
      return undefined;
    }
    const words = typeof claims.scope === "string" ? claims.scope.split(" ") : claims.scopes;
    const scopes = SCOPES.filter((scope: Scope) => Array.isArray(words) && words.includes(scope));
    const operator = tenant === DEFAULT_TENANT && scopes.includes("admin");
    return { tenant, scopes, subject: `oidc:${claims.sub.slice(0, 200)}`, operator };
  }

  async #keysFor(kid: string | undefined): Promise<Keys> {
    const known = this.#keys;
    const age = known === undefined ? Infinity : this.#clock.now() - known.at;
    const has = known?.keys.some((key) => key.kid === kid) === true;
    if (known !== undefined && (has ? age < FRESH_MS : age < AGAIN_MS)) return known.keys;
    try {
      return await (this.#reading ??= this.#read());
    } catch (thrown) {
      // Known keys stay good while the issuer cannot be reached.
      if (has) return known!.keys;
      throw thrown;
    } finally {
      this.#reading = undefined;
    }
  }

  async #read(): Promise<Keys> {
    try {
      const url = this.#options.jwksUrl ?? await this.#discover();
      const { keys } = await this.#json(url) as { keys?: unknown };
      if (!Array.isArray(keys)) throw new Error(`${url} has no list of keys`);
      this.#keys = { keys: keys as Keys, at: this.#clock.now() };
      return this.#keys.keys;
    } catch (thrown) {
      const told = `The token issuer's keys cannot be read: ${messageOf(thrown)}`;
      throw new OutsideError("oidc_unreachable", told, { retryable: true, cause: thrown });
    }
  }

  async #discover(): Promise<string> {
    const { issuer } = this.#options;
    const document = await this.#json(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
    const { jwks_uri: url } = document as { jwks_uri?: unknown };
    if (typeof url !== "string") throw new Error("the discovery document names no jwks_uri");
    return url;
  }

  async #json(url: string): Promise<unknown> {
    const response = await this.#fetch(url, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { accept: "application/json" },
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`${url} answered ${response.status}`);
    }
    return await response.json();
  }
}

function headerOf(token: string): { kid: string | undefined; typ: string | undefined } | undefined {
  try {
    const { header } = decode(token) as unknown as { header: Record<string, unknown> };
    const text = (value: unknown) => typeof value === "string" ? value : undefined;
    return { kid: text(header.kid), typ: text(header.typ) };
  } catch {
    return undefined;
  }
}
