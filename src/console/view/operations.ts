import { SILENCE_FIELDS } from "../../alerts/silences.ts";
import type { ApiKey, ApiMe } from "../../control/client/types.ts";
import { fill, h } from "../base/dom.ts";
import { shortTime, whole } from "../format.ts";
import { needWords } from "../i18n/words.ts";
import { mayChange } from "../state/may_change.ts";
import type { ViewContext } from "./context.ts";
import { consents } from "./consents_desk.ts";
import { template } from "./template_desk.ts";
import { deskForm, type DeskLine, deskList } from "./desk_list.ts";
import { webhooks } from "./webhooks_desk.ts";

const HOUR_MS = 3_600_000;
/** For how long messages are silenced, hours. */
const SILENCE_HOURS = ["1", "4", "24", "168"] as const;
const SCOPES = ["rules:read", "rules:write", "admin"] as const;

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
      isAdmin && keys(context, me),
      me.operator && tenants(context),
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
  const fields = SILENCE_FIELDS.map((field) => [field, say(`silence.${field}`)] as const);
  const hours = SILENCE_HOURS.map((each) => [each, say(`silence.hours.${each}`)] as const);
  const end = (id: string) => ({ label: say("desk.silence.end"), act: () => client.endSilence(id) });
  return deskList(context, {
    title: say("desk.silences"),
    load: async () =>
      (await client.silences()).filter((silence) => silence.state !== "ended").map((silence) => ({
        title: silence.matchers.map(({ field, value }) => `${say(`silence.${field}`)}: ${value}`).join(", "),
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
              { name: "field", label: say("desk.silence.field"), options: fields },
              { name: "value", label: say("desk.silence.value") },
              { name: "hours", label: say("desk.silence.hours"), options: hours },
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

function keys(context: ViewContext, me: ApiMe): HTMLElement {
  const { say, client } = context;
  const made = h("p", { class: "new-key", role: "status" });
  const scopes = SCOPES.map((scope) => [scope, say(`desk.scope.${scope}`)] as const);
  const element = deskList(context, {
    title: say("desk.keys"),
    load: async () => (await client.keys()).map((key) => keyLine(context, key)),
    form: (reload) =>
      deskForm(context, {
        label: say("desk.key.add"),
        fields: [
          { name: "name", label: say("desk.key.name") },
          { name: "scope", label: say("desk.key.scope"), options: scopes },
          ...(me.operator ? [{ name: "tenant", label: say("desk.key.tenant") }] : []),
        ],
        send: async ({ name = "", scope = "", tenant = "" }) => {
          const { key } = await client.createKey({ name, scope, tenant });
          fill(made, say("desk.key.made"), h("code", {}, key));
          await reload();
        },
      }),
  });
  element.append(made);
  return element;
}

function keyLine(
  { say, client, state }: ViewContext,
  { id, name, scopes, state: keyState, lastUsedAt }: ApiKey,
): DeskLine {
  return {
    title: name,
    about: [
      scopes.map((scope) => say(`desk.scope.${scope}`)).join(", "),
      say(`desk.key.${keyState}`),
      usedWords(lastUsedAt, { say, state }),
    ].filter(Boolean).join(" · "),
    actions: keyState === "live" ? [{ label: say("desk.key.revoke"), act: () => client.revokeKey(id) }] : [],
  };
}

/** Who is served besides the operator, each with its keys. */
function tenants(context: ViewContext): HTMLElement {
  const { say, client, state } = context;
  return deskList(context, {
    title: say("desk.tenants"),
    load: async () =>
      (await client.tenants()).map(({ tenant, rules, keys, lastUsedAt }) => ({
        title: tenant,
        about: [
          say("desk.tenant.rules", { count: whole(rules) }),
          say("desk.tenant.keys", { count: whole(keys) }),
          usedWords(lastUsedAt, { say, state }),
        ].filter(Boolean).join(" · "),
        more: deskList(context, {
          title: say("desk.keys"),
          load: async () => (await client.keys(tenant)).map((key) => keyLine(context, key)),
        }),
      })),
  });
}

function usedWords(at: string | null, { say, state }: Pick<ViewContext, "say" | "state">): string {
  return at === null ? "" : say("desk.key.used", { time: shortTime(Date.parse(at), state.now()) });
}

function audit(context: ViewContext): HTMLElement {
  const { say, client, state, locale } = context;
  return deskList(context, {
    title: say("desk.audit"),
    load: async () =>
      (await client.audit()).map(({ at, who, action, target }) => ({
        title: `${needWords(locale).actions[action] ?? action} · ${target}`,
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
