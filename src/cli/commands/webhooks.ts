import { flag, optionalText } from "../../config/setting.ts";
import type { ApiNewWebhook } from "../../control/client/types.ts";
import { apiCommand, EXIT } from "../api_command.ts";
import { counted } from "../../core/counted.ts";
import { seoul } from "../seoul.ts";
import { table } from "../table.ts";
import { overlapSetting } from "./overlap_setting.ts";

const secretLines = ({ id, secret }: ApiNewWebhook) => [
  `Webhook ${id}: rules name it as the recipient webhook:${id}.`,
  secret,
  "It is shown this once: its receiver verifies calls with it.",
];

const webhooksList = apiCommand({
  name: "webhooks list",
  summary: "List webhook endpoints",
  settings: {},
  examples: ["tickbell webhooks list"],
  async run({ api, show }) {
    const { data } = await api.webhooks({ limit: 1_000 });
    const rows = data.map(({ id, url, enabled, secrets }) => [
      id,
      url,
      enabled ? "on" : "paused",
      counted(secrets.length, "secret"),
    ]);
    show(data, () => table(["NAME", "URL", "STATE", "SIGNED BY"], rows));
    return EXIT.done;
  },
});

const webhooksShow = apiCommand({
  name: "webhooks show",
  summary: "One webhook endpoint, and what became of its newest messages",
  args: ["<name>"],
  settings: {},
  examples: ["tickbell webhooks show orders-desk"],
  async run({ api, args: [name], show }) {
    const endpoint = await api.webhook(name!);
    const rows = endpoint.results.map(({ at, state, attempts, code, reason, alertId }) => [
      seoul(at),
      state,
      String(attempts),
      code === undefined ? "" : `${code}: ${reason ?? ""}`,
      alertId,
    ]);
    show(endpoint, () => [
      `${endpoint.id} ${endpoint.url}${endpoint.enabled ? "" : " (paused)"}`,
      ...(rows.length === 0
        ? ["no message to it is among those that are kept"]
        : table(["WHEN", "STATE", "TRIES", "WHY", "MESSAGE"], rows)),
    ]);
    return EXIT.done;
  },
});

const webhooksCreate = apiCommand({
  name: "webhooks create",
  summary: "Make a webhook endpoint, and show its secret once",
  args: ["<name>", "<url>"],
  settings: {
    description: optionalText({ placeholder: "TEXT", description: "What a webhook endpoint is for." }),
  },
  examples: ["tickbell webhooks create orders-desk https://desk.example.com/hooks/tickbell"],
  async run({ api, args: [id, url], config: { description }, show }) {
    const made = await api.createWebhook({
      id: id!,
      url: url!,
      ...(description === undefined ? {} : { description }),
    });
    show(made, () => secretLines(made));
    return EXIT.done;
  },
});

const webhooksRotate = apiCommand({
  name: "webhooks rotate",
  summary: "Make a webhook's new secret; the old one signs as well for a while",
  args: ["<name>"],
  settings: { overlap: overlapSetting },
  examples: ["tickbell webhooks rotate orders-desk --overlap 3600"],
  async run({ api, args: [name], config: { overlap }, show }) {
    const made = await api.rotateWebhook(name!, overlap);
    show(made, () => secretLines(made));
    return EXIT.done;
  },
});

const webhooksTest = apiCommand({
  name: "webhooks test",
  summary: "Send a test message to a webhook endpoint",
  args: ["<name>"],
  settings: {},
  examples: ["tickbell webhooks test orders-desk"],
  async run({ api, args: [name], show }) {
    const sent = await api.testWebhook(name!);
    show(sent, () => [`The test ${sent.alertId} is on its way; how it went: tickbell webhooks show ${name}`]);
    return EXIT.done;
  },
});

const webhooksRedeliver = apiCommand({
  name: "webhooks redeliver",
  summary: "Send one message again, or all that were not sent since a time",
  args: ["<name>", "<message-or-time>"],
  settings: {
    failed: flag({ description: "The second word is a time: all that was not sent since then." }),
  },
  examples: [
    "tickbell webhooks redeliver orders-desk samsung-low@1764118800000",
    "tickbell webhooks redeliver orders-desk 2026-11-23T09:00:00+09:00 --failed",
  ],
  async run({ api, args: [name, which], config: { failed }, show }) {
    const sent = await api.redeliverWebhook(name!, failed ? { failedSince: which! } : { alertId: which! });
    show(sent, () => [`${counted(sent.alertIds.length, "message")} on the way again.`]);
    return EXIT.done;
  },
});

const webhooksPause = paused("pause", false);
const webhooksResume = paused("resume", true);

const webhooksRm = apiCommand({
  name: "webhooks rm",
  summary: "Delete a webhook endpoint that no rule names",
  args: ["<name>"],
  settings: {},
  examples: ["tickbell webhooks rm orders-desk"],
  async run({ api, args: [name], show }) {
    await api.deleteWebhook(name!);
    show({ deleted: name }, () => [`Webhook ${name} is deleted.`]);
    return EXIT.done;
  },
});

function paused(verb: "pause" | "resume", enabled: boolean) {
  return apiCommand({
    name: `webhooks ${verb}`,
    summary: enabled ? "Send to a paused webhook again" : "Send nothing to a webhook until it is resumed",
    args: ["<name>"],
    settings: {},
    examples: [`tickbell webhooks ${verb} orders-desk`],
    async run({ api, args: [name], show }) {
      const changed = await api.changeWebhook(name!, { enabled });
      show(changed, () => [`Webhook ${name} is ${enabled ? "on" : "paused"}.`]);
      return EXIT.done;
    },
  });
}

/** The commands about webhook endpoints. */
export const webhookCommands = [
  webhooksList,
  webhooksShow,
  webhooksCreate,
  webhooksRotate,
  webhooksTest,
  webhooksRedeliver,
  webhooksPause,
  webhooksResume,
  webhooksRm,
];
