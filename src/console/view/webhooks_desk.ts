import type { ApiMe } from "../../control/client/types.ts";
import { fill, h } from "../base/dom.ts";
import { mayChange } from "../state/may_change.ts";
import type { ViewContext } from "./context.ts";
import { deskForm, deskList } from "./desk_list.ts";

const DAY_MS = 86_400_000;

/** The webhook endpoints: added with a secret that is shown once, tried, turned off and on, what failed sent again. */
export function webhooks(context: ViewContext, me: ApiMe): HTMLElement {
  const { say, client, notify, state } = context;
  const mayWrite = mayChange(me);
  const made = h("p", { class: "new-key", role: "status" });
  const redeliver = async (id: string) => {
    const count = await client.redeliverWebhook(id, state.now() - DAY_MS);
    notify(say("desk.webhook.redelivered", { count }));
  };
  const test = async (id: string) => {
    await client.testWebhook(id);
    notify(say("desk.webhook.tested"));
  };
  const element = deskList(context, {
    title: say("desk.webhooks"),
    load: async () =>
      (await client.webhooks()).map(({ id, url, description, enabled }) => ({
        title: `webhook:${id}`,
        about: [url, description, enabled ? "" : say("desk.webhook.isoff")].filter(Boolean).join(" · "),
        actions: !mayWrite ? [] : [
          { label: say("desk.webhook.test"), act: () => test(id) },
          { label: say("desk.webhook.redeliver"), act: () => redeliver(id) },
          {
            label: say(enabled ? "desk.webhook.off" : "desk.webhook.on"),
            act: () => client.turnWebhook(id, !enabled),
          },
          { label: say("rules.delete"), act: () => client.deleteWebhook(id) },
        ],
      })),
    ...(mayWrite
      ? {
        form: (reload) =>
          deskForm(context, {
            label: say("desk.webhook.add"),
            fields: [
              { name: "id", label: say("desk.webhook.name") },
              { name: "url", label: say("desk.webhook.url") },
            ],
            send: async ({ id = "", url = "" }) => {
              const { secret } = await client.createWebhook(id, url);
              fill(made, say("desk.key.made"), h("code", {}, secret));
              await reload();
            },
          }),
      }
      : {}),
  });
  element.append(made);
  return element;
}
