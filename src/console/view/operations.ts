import { SILENCE_FIELDS } from "../../alerts/silences.ts";
import type { ApiMe } from "../../control/client/types.ts";
import { fill, h } from "../base/dom.ts";
import { shortTime } from "../format.ts";
import { mayChange } from "../state/may_change.ts";
import type { ViewContext } from "./context.ts";
import { consents } from "./consents_desk.ts";
import { template } from "./template_desk.ts";
import { deskForm, deskList } from "./desk_list.ts";
import { webhooks } from "./webhooks_desk.ts";

const HOUR_MS = 3_600_000;
/** For how long messages are silenced, hours. */
const SILENCE_HOURS = ["1", "4", "24", "168"];
const SCOPES = ["rules:read", "rules:write", "admin"];

/** What is run beside the rules: silences, recipients, keys, the audit. A key sees only what its scopes allow. */
export function operations(context: ViewContext): HTMLElement {
  const host = h("section", { class: "system" });
  const show = async () => {
    // Without an answer nothing is offered that might be refused.
    const me = await context.client.me().catch(() => undefined);
    if (me === undefined || context.signal.aborted) return;
    const isAdmin = me.scopes.includes("admin");
    fill(
      host,
      h("h3", {}, context.say("desk.title")),
      silences(context, me),
      me.operator && recipients(context),
      consents(context, me),
      isAdmin && template(context),
      webhooks(context, me),
      isAdmin && keys(context),
      isAdmin && audit(context),
      me.operator && logGaps(context),
    );
  };
  void show();
  return host;
}

function silences(context: ViewContext, me: ApiMe): HTMLElement {
  const { say, client, state } = context;
  const mayWrite = mayChange(me);
  const end = (id: string) => ({ label: say("desk.silence.end"), act: () => client.endSilence(id) });
  return deskList(context, {
    title: say("desk.silences"),
    load: async () =>
      (await client.silences()).filter((silence) => silence.state !== "ended").map((silence) => ({
        title: silence.matchers.map(({ field, value }) => `${field}=${value}`).join(", "),
        about: [
          silence.comment,
          silence.until === null
            ? ""
            : say("rules.until", { time: shortTime(Date.parse(silence.until), state.now()) }),
          silence.by,
        ].filter(Boolean).join(" · "),
        actions: mayWrite ? [end(silence.id)] : [],
      })),
    ...(mayWrite
      ? {
        form: (reload) =>
          deskForm(context, {
            label: say("desk.silence.add"),
            fields: [
              { name: "field", label: say("desk.silence.field"), options: SILENCE_FIELDS },
              { name: "value", label: say("desk.silence.value") },
              { name: "hours", label: say("desk.silence.hours"), options: SILENCE_HOURS },
              { name: "comment", label: say("desk.silence.comment") },
            ],
            send: async ({ field = "", value = "", hours = "1", comment = "" }) => {
              const until = new Date(state.now() + Number(hours) * HOUR_MS).toISOString();
              await client.createSilence({ field, value, until, comment });
              await reload();
            },
          }),
      }
      : {}),
  });
}

function recipients(context: ViewContext): HTMLElement {
  const { say, client, state } = context;
  return deskList(context, {
    title: say("desk.recipients"),
    load: async () =>
      (await client.recipients()).map(({ recipient, suppression, quietHours, updatedAt }) => ({
        title: recipient,
        about: [
          suppression === null ? "" : `${say(`desk.cause.${suppression.cause}`)}: ${suppression.reason}`,
          quietHours === null ? "" : say("desk.quiet", { hours: quietHours }),
          shortTime(Date.parse(updatedAt), state.now()),
        ].filter(Boolean).join(" · "),
        actions: [{
          label: say(suppression === null ? "desk.recipient.suppress" : "desk.recipient.resume"),
          act: () => client.changeRecipient(recipient, { suppressed: suppression === null }),
        }],
      })),
    form: (reload) =>
      deskForm(context, {
        label: say("form.save"),
        fields: [
          { name: "recipient", label: say("form.recipients") },
          { name: "hours", label: say("desk.quiet.hours") },
        ],
        send: async ({ recipient = "", hours = "" }) => {
          await client.changeRecipient(recipient, { quietHours: hours === "" ? null : hours });
          await reload();
        },
      }),
  });
}

function keys(context: ViewContext): HTMLElement {
  const { say, client, state } = context;
  const made = h("p", { class: "new-key", role: "status" });
  const element = deskList(context, {
    title: say("desk.keys"),
    load: async () =>
      (await client.keys()).map(({ id, name, tenant, scopes, state: keyState, lastUsedAt }) => ({
        title: `${name} (${tenant})`,
        about: [
          scopes.join(", "),
          say(`desk.key.${keyState}`),
          lastUsedAt === null
            ? ""
            : say("desk.key.used", { time: shortTime(Date.parse(lastUsedAt), state.now()) }),
        ].filter(Boolean).join(" · "),
        actions: keyState === "live"
          ? [{ label: say("desk.key.revoke"), act: () => client.revokeKey(id) }]
          : [],
      })),
    form: (reload) =>
      deskForm(context, {
        label: say("desk.key.add"),
        fields: [
          { name: "name", label: say("desk.key.name") },
          { name: "scope", label: say("desk.key.scope"), options: SCOPES },
        ],
        send: async ({ name = "", scope = "" }) => {
          const { key } = await client.createKey(name, scope);
          fill(made, say("desk.key.made"), h("code", {}, key));
          await reload();
        },
      }),
  });
  element.append(made);
  return element;
}

function audit(context: ViewContext): HTMLElement {
  const { say, client, state } = context;
  return deskList(context, {
    title: say("desk.audit"),
    load: async () =>
      (await client.audit()).map(({ at, who, action, target }) => ({
        title: `${action} · ${target}`,
        about: `${shortTime(Date.parse(at), state.now())} · ${who}`,
      })),
  });
}

function logGaps(context: ViewContext): HTMLElement {
  const { say, client, state } = context;
  return deskList(context, {
    title: say("desk.gaps"),
    load: async () =>
      (await client.logGaps()).map(({ id, topic, partition, at, detail, acknowledgedAt }) => ({
        title: `${topic}/${partition}`,
        about: `${shortTime(Date.parse(at), state.now())} · ${detail}`,
        actions: acknowledgedAt !== null
          ? []
          : [{ label: say("desk.gap.known"), act: () => client.acknowledgeGap(id) }],
      })),
  });
}
