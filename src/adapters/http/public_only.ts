import { lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { ChannelError } from "../../ports/channel.ts";
import { badAddress } from "../../ports/http_outcome.ts";
import { isLoopback, isPublicAddress } from "./public_address.ts";

export interface PublicOnlyOptions {
  /** For the refusal: "webhook". */
  readonly service: string;
  /** Also http, and loopback addresses, for tests on one machine. */
  readonly allowLocal?: boolean;
  /** Turns a host's name into addresses; the system's by default. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/**
 * Lets addresses through that anybody may call: a rule must not make this machine call its neighbours. The address that
 * was checked is the one that is called.
 */
export class PublicOnly {
  readonly #options: PublicOnlyOptions;

  constructor(options: PublicOnlyOptions) {
    this.#options = options;
  }

  /** The URL of an address. @throws {ChannelError} refused: not https, a password in it, not public. */
  checked(text: string): URL {
    const { service, allowLocal: local = false } = this.#options;
    const url = URL.parse(text);
    if (url === null || !(url.protocol === "https:" || local && url.protocol === "http:")) {
      throw badAddress(service, `a ${service}'s address must be an https URL`);
    }
    if (url.username !== "" || url.password !== "") {
      throw badAddress(service, `a ${service}'s address must have no password`);
    }
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (isIP(host) !== 0 && !this.#mayCall(host)) throw this.#notPublic();
    return url;
  }

  /** What is wrong with an address as it is written; undefined when nothing is. */
  fault(text: string): string | undefined {
    try {
      this.checked(text);
      return undefined;
    } catch (thrown) {
      if (thrown instanceof ChannelError) return thrown.message;
      throw thrown;
    }
  }

  /** What is wrong with where an address's name leads; undefined when nothing is, or it cannot be looked up now. */
  async resolvedFault(text: string): Promise<string | undefined> {
    const host = URL.parse(text)?.hostname.replace(/^\[|\]$/g, "") ?? "";
    if (isIP(host) !== 0) return undefined;
    const addresses = await this.#resolve(host).catch(() => []);
    return addresses.every((address) => this.#mayCall(address)) ? undefined : this.#notPublic().message;
  }

  /** Resolves a name and refuses it when any of its addresses is not public. */
  readonly lookup: LookupFunction = (host, options, done) => {
    this.#resolve(host).then((addresses) => {
      if (addresses.length === 0 || !addresses.every((address) => this.#mayCall(address))) {
        throw this.#notPublic();
      }
      const found = addresses.map((address) => ({ address, family: isIP(address) }));
      const first = found[0] as { address: string; family: number };
      if (options.all) done(null, found);
      else done(null, first.address, first.family);
    }).catch((error) => done(error, "", 0));
  };

  #mayCall(address: string): boolean {
    return isPublicAddress(address) || this.#options.allowLocal === true && isLoopback(address);
  }

  #notPublic() {
    const { service } = this.#options;
    const which = "private, local and special addresses are not called";
    return badAddress(service, `a ${service}'s address must be a public one: ${which}`);
  }

  #resolve(host: string): Promise<readonly string[]> {
    if (this.#options.resolve) return this.#options.resolve(host);
    return new Promise((resolve, reject) => {
      lookup(host, { all: true }, (error, found) => {
        if (error) reject(error);
        else resolve(found.map(({ address }) => address));
      });
    });
  }
}
