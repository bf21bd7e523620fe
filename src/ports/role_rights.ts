import { type Topic, TOPICS } from "./topics.ts";

/** The roles that have credentials of their own at the brokers. */
export const ROLES_OF_THE_LOG = ["producer", "stream", "consumer", "notifier", "control"] as const;
export type LogRole = typeof ROLES_OF_THE_LOG[number];

/** What a role must be allowed on the log, and no more. */
export interface RoleRights {
  readonly writes: readonly Topic[];
  readonly reads: readonly Topic[];
  /** Whether it reads as a member of its own group, which is named for it. */
  readonly group: boolean;
  /** The roles of whose groups it reads how far they are. */
  readonly sees: readonly LogRole[];
}

const EVERY_ROLE = ["status"] as const;

/**
 * What each role does with which topic: the one table that `topics acls`, the docs and the test against a broker that
 * refuses everything else are made from. All may describe every topic.
 */
export const ROLE_RIGHTS: Readonly<Record<LogRole, RoleRights>> = {
  producer: {
    writes: ["trades", "quotes", "reference", "status", "deadletter"],
    reads: ["trades", "quotes", "rules", "reference", ...EVERY_ROLE],
    group: false,
    sees: [],
  },
  stream: {
    // What is known of symbols goes on to the next day.
    writes: ["alerts", "candles", "spent", "reference", "status", "deadletter"],
    reads: ["trades", "rules", "alerts", "reference", "candles", "spent", ...EVERY_ROLE],
    group: true,
    sees: [],
  },
  consumer: {
    writes: ["status", "deadletter"],
    // It checks samples of what the stream did as well.
    reads: ["trades", "quotes", "alerts", "rules", "candles", "reference", "spent", ...EVERY_ROLE],
    group: true,
    sees: ["stream"],
  },
  notifier: {
    writes: ["deliveries", "status", "deadletter"],
    reads: ["alerts", "deliveries", "rules", "control", ...EVERY_ROLE],
    group: true,
    sees: [],
  },
  control: {
    // A dead letter that is put back goes to the topic it came from.
    writes: ["rules", "control", "audit", "trades", "quotes", "alerts", "deliveries", "status", "deadletter"],
    reads: [
      "trades",
      "rules",
      "alerts",
      "deliveries",
      "deadletter",
      "reference",
      "spent",
      "control",
      "audit",
      ...EVERY_ROLE,
    ],
    // Its member with the partition asks for what is written to the Telegram bot.
    group: true,
    sees: ["stream", "consumer", "notifier"],
  },
};

/** One thing that a role is allowed: an operation on a topic or on a consumer group, by the names they have in the log. */
export interface RoleAcl {
  readonly resource: "topic" | "group";
  readonly name: string;
  readonly operation: "read" | "write" | "describe";
}

/**
 * All that a role must be allowed, one by one.
 *
 * @param names.groupPrefix what stands before the roles' names to make their groups.
 */
export function aclsOf(
  role: LogRole,
  names: { readonly topics: Readonly<Record<Topic, string>>; readonly groupPrefix: string },
): readonly RoleAcl[] {
  const { writes, reads, group, sees } = ROLE_RIGHTS[role];
  const topics = (operation: RoleAcl["operation"], which: readonly Topic[]) =>
    which.map((topic): RoleAcl => ({ resource: "topic", name: names.topics[topic], operation }));
  const groups = (operation: RoleAcl["operation"], which: readonly LogRole[]) =>
    which.map((one): RoleAcl => ({ resource: "group", name: `${names.groupPrefix}${one}`, operation }));
  return [
    ...topics("describe", TOPICS),
    ...topics("read", reads),
    ...topics("write", writes),
    ...groups("read", group ? [role] : []),
    ...groups("describe", sees),
  ];
}

/** The user whose credentials the event source of the Lambda reads the alerts with. */
export const LAMBDA_USER = "lambda";

/** What the Lambda's event source must be allowed: it reads the alerts as a group of its own. */
export function aclsOfLambda(
  names: { readonly topics: Readonly<Record<Topic, string>>; readonly groupPrefix: string },
): readonly RoleAcl[] {
  return [
    { resource: "topic", name: names.topics.alerts, operation: "describe" },
    { resource: "topic", name: names.topics.alerts, operation: "read" },
    { resource: "group", name: `${names.groupPrefix}notifier-lambda`, operation: "read" },
  ];
}
