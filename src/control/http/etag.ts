import { badRequest } from "./problem.ts";

/** Entity tags of a header, as RFC 9110 writes them; "*" is any. */
const TAG = /\s*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"|(\*))\s*(?:,|$)/y;
/** What servers on the way put behind a version: `-gzip` (Apache, Caddy), `--gzip` and `;gzip` (Jetty), `:0` (IIS). */
const ADDED = /^([0-9]{1,15})[-;:].*$/;

/** A version as an entity tag. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * The tags of an If-Match or If-None-Match header, without what proxies make of them: one that compresses turns `"3"` into
 * `W/"3"` or `"3-gzip"`, and the client gives back what it got. Our tags name a version of the thing, not its bytes, so
 * all of these mean the same.
 *
 * @returns "*", or the opaque parts; undefined without the header.
 * @throws {HttpProblem} 400 `bad_etag` for what is no list of entity tags.
 */
function entityTags(header: string | undefined, name: string): "*" | readonly string[] | undefined {
  if (header === undefined) return undefined;
  const tags: string[] = [];
  TAG.lastIndex = 0;
  while (TAG.lastIndex < header.length) {
    const match = TAG.exec(header);
    if (match === null) {
      throw badRequest(name, "bad_etag", 'must be entity tags such as "3", or *', header.slice(0, 200));
    }
    if (match[3] === "*") return "*";
    tags.push(match[2]!.replace(ADDED, "$1"));
  }
  return tags;
}

/** Whether an If-None-Match header names this version: the caller has it already. */
export function hasVersion(header: string | undefined, version: number): boolean {
  const tags = entityTags(header, "If-None-Match");
  return tags === "*" || (tags?.includes(String(version)) ?? false);
}

/**
 * The versions an If-Match header asks for; undefined where any will do. `*` asks only that the thing is there, which
 * every change does. A tag that none of ours can be matches no version; where all are such, nobody was faster, and whoever
 * heard so would read and try again for ever.
 *
 * @throws {HttpProblem} 400 `bad_etag`.
 */
export function expectedVersions(header: string | undefined): ReadonlySet<number> | undefined {
  const tags = entityTags(header, "If-Match");
  if (tags === undefined || tags === "*") return undefined;
  const versions = tags.filter((tag) => /^[0-9]{1,15}$/.test(tag)).map(Number);
  if (versions.length > 0) return new Set(versions);
  const reason =
    'is no tag of this API, whose tags are versions such as "3": something on the way may have changed it';
  throw badRequest("If-Match", "bad_etag", reason, tags.join(", ").slice(0, 200));
}
