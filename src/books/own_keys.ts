/**
 * The keys of `stock.control` and `stock.status`: what each has and which role writes it. Readers believe no other
 * writer, so whoever adds a key adds its line here.
 *
 * @module
 */

/** Who writes a key of one of the product's own topics. */
export interface OwnKey {
  /** What its keys begin with. */
  readonly prefix: string;
  readonly topic: "control" | "status";
  readonly writer: "control" | "producer" | "stream" | "consumer" | "notifier" | "any role";
  readonly content: string;
  /** Where its records stood on the rules topic up to version 0.1.0: the keys' prefix and what placed them. */
  readonly old?: { readonly prefix: string; readonly placement?: string };
}

/** Every kind of key. */
export const OWN_KEYS = {
  key: {
    prefix: "key/",
    topic: "control",
    writer: "control",
    content: "an API key, its secret hashed",
    old: { prefix: "~key/" },
  },
  keyUse: {
    prefix: "key-use/",
    topic: "control",
    writer: "control",
    content: "when an API key was last used, to ten minutes",
  },
  answer: {
    prefix: "answer/",
    topic: "control",
    writer: "control",
    content: "the answer to a request with an Idempotency-Key",
    old: { prefix: "~answer/" },
  },
  silence: {
    prefix: "silence/",
    topic: "control",
    writer: "control",
    content: "a silence",
    old: { prefix: "~silence/", placement: "~silences" },
  },
  claim: {
    prefix: "claim/",
    topic: "control",
    writer: "control",
    content: "which symbol a chosen rule id belongs to",
    old: { prefix: "~id/" },
  },
  person: {
    prefix: "person/",
    topic: "control",
    writer: "control",
    content: "whom a pseudonym of the audit stands for",
  },
  session: {
    prefix: "session/",
    topic: "control",
    writer: "control",
    content: "a session of the console, by its hash",
  },
  account: {
    prefix: "account/",
    topic: "control",
    writer: "control",
    content: "who serves himself, by tenant and address: channels, chats",
  },
  ticket: {
    prefix: "ticket/",
    topic: "control",
    writer: "control",
    content: "a link or code that works once, some minutes",
  },
  webhook: {
    prefix: "webhook/",
    topic: "control",
    writer: "control",
    content: "a webhook endpoint with its secrets, by tenant and name",
  },
  moved: {
    prefix: "moved/",
    topic: "control",
    writer: "control",
    content: "that the records of an old place have been moved",
  },
  gap: {
    prefix: "log-gap/",
    topic: "status",
    writer: "any role",
    content: "what a role's reading of the log missed, until it is acknowledged",
  },
  rulesRead: {
    prefix: "rules/",
    topic: "status",
    writer: "stream",
    content: "how far the rules of a partition are read and in force",
  },
  selfCheck: {
    prefix: "self-check/",
    topic: "status",
    writer: "consumer",
    content: "what a process's self-check has evaluated again on a day; control deletes old ones",
  },
  template: {
    prefix: "template/",
    topic: "control",
    writer: "control",
    content: "a tenant's own words for its messages",
  },
  channels: {
    prefix: "channels/",
    topic: "status",
    writer: "notifier",
    content: "which channels the notifier has",
  },
  feed: {
    prefix: "feed/",
    topic: "status",
    writer: "producer",
    content: "how a producer's feed is",
    old: { prefix: "~feed/", placement: "~feeds" },
  },
} as const satisfies Readonly<Record<string, OwnKey>>;

/** A kind of key. */
export type OwnKeyKind = keyof typeof OWN_KEYS;

/** What follows the prefix; undefined for a key of another kind. */
export function ownId(kind: OwnKeyKind, key: string): string | undefined {
  const { prefix } = OWN_KEYS[kind];
  return key.startsWith(prefix) ? key.slice(prefix.length) : undefined;
}

/** The key of a kind and id. */
export function ownKey(kind: OwnKeyKind, id: string): string {
  return OWN_KEYS[kind].prefix + id;
}

/** The key of the record that says that what stood on the rules topic has been moved. */
export const MOVED_KEY = ownKey("moved", "rules");
