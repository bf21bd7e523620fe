import { list, optionalText } from "../../config/setting.ts";
import { SCOPES } from "../../control/auth/principal.ts";
import type { ApiNewKey } from "../../control/client/types.ts";
import { apiCommand, EXIT } from "../api_command.ts";
import { removeAll } from "../remove_all.ts";
import { seoul } from "../seoul.ts";
import { table } from "../table.ts";
import { overlapSetting } from "./overlap_setting.ts";

const linesOf = (key: ApiNewKey) => [
  `Key ${key.id} for ${key.tenant}: ${key.scopes.join(", ")}.`,
  key.key,
  "It is shown this once: keep it now.",
];

const keysCreate = apiCommand({
  name: "keys create",
  summary: "Make an API key",
  args: ["<name>"],
  settings: {
    scopes: list({
      default: ["rules:read"],
      placeholder: "SCOPE,…",
      description: `What a new API key may do: ${SCOPES.join(", ")}.`,
    }),
    tenant: optionalText({
      placeholder: "NAME",
      description: "Tenant of a new API key; your own when left out.",
    }),
    expires: optionalText({
      placeholder: "TIME",
      description: "When a new API key ends, ISO 8601 with an offset.",
    }),
  },
  examples: [
    "tickbell keys create importer --scopes rules:write",
    "tickbell keys create acme-admin --tenant acme --scopes admin --expires 2027-01-01T00:00:00+09:00",
  ],
  async run({ api, args: [name], config, show }) {
    const key = await api.createKey({
      name: name!,
      scopes: [...config.scopes] as (typeof SCOPES)[number][],
      ...(config.tenant === undefined ? {} : { tenant: config.tenant }),
      ...(config.expires === undefined ? {} : { expiresAt: config.expires }),
    });
    show(key, () => linesOf(key));
    return EXIT.done;
  },
});

const keysList = apiCommand({
  name: "keys list",
  summary: "List API keys",
  settings: {},
  examples: ["tickbell keys list"],
  async run({ api, show }) {
    const { data } = await api.keys({ limit: 1_000 });
    const rows = data.map((
      key,
    ) => [
      key.id,
      key.name,
      key.tenant,
      key.scopes.join(","),
      key.state,
      key.expiresAt === null ? "never" : seoul(key.expiresAt),
      key.lastUsedAt === null ? "never" : seoul(key.lastUsedAt),
    ]);
    show(data, () => table(["ID", "NAME", "TENANT", "SCOPES", "STATE", "EXPIRES", "LAST USED"], rows));
    return EXIT.done;
  },
});

const keysRotate = apiCommand({
  name: "keys rotate",
  summary: "Make a key in place of another, which works on for a while",
  args: ["<id>"],
  settings: { overlap: overlapSetting },
  examples: ["tickbell keys rotate 3f8k2m9qw7xt --overlap 3600"],
  async run({ api, args: [id], config, show }) {
    const key = await api.rotateKey(id!, config.overlap);
    show(key, () => linesOf(key));
    return EXIT.done;
  },
});

const keysRevoke = apiCommand({
  name: "keys revoke",
  summary: "Revoke API keys at once",
  args: ["<ids...>"],
  settings: {},
  examples: ["tickbell keys revoke 3f8k2m9qw7xt"],
  async run({ api, args, show, err }) {
    const names = new Map((await api.keys({ limit: 1_000 })).data.map((key) => [key.id, key.name]));
    return await removeAll({
      ids: args.flat(),
      what: "key",
      done: "Revoked",
      find: (id) => Promise.resolve(names.get(id)),
      remove: (id) => api.revokeKey(id),
    }, { show, err });
  },
});

/** The commands of `tickbell keys`. */
export const keyCommands = [keysCreate, keysList, keysRotate, keysRevoke];
