import type { ApiMe } from "../../control/client/types.ts";
import { shortTime } from "../format.ts";
import { mayChange } from "../state/may_change.ts";
import type { ViewContext } from "./context.ts";
import { deskForm, deskList } from "./desk_list.ts";

/** Who has agreed to get the tenant's alerts: asking an address again, and vouching for one as an operator. */
export function consents(context: ViewContext, me: ApiMe): HTMLElement {
  const { say, client, state, locale } = context;
  const mayAsk = mayChange(me);
  const ask = (recipient: string) => ({
    label: say("desk.consent.ask"),
    act: () => client.changeConsent(recipient, { state: "asked", locale }),
  });
  const vouch = (recipient: string) => ({
    label: say("desk.consent.confirm"),
    act: () => client.changeConsent(recipient, { state: "confirmed" }),
  });
  return deskList(context, {
    title: say("desk.consents"),
    load: async () =>
      (await client.consents()).map(({ recipient, state: stands, by, at }) => ({
        title: recipient,
        about: [
          say(`desk.consent.${stands}`),
          say(`desk.consent.by.${by}`),
          shortTime(Date.parse(at), state.now()),
        ].join(" · "),
        actions: stands === "asked" && mayAsk
          ? [ask(recipient), ...(me.operator ? [vouch(recipient)] : [])]
          : [],
      })),
    ...(mayAsk
      ? {
        form: (reload) =>
          deskForm(context, {
            label: say(me.operator ? "desk.consent.confirm" : "desk.consent.ask"),
            fields: [{ name: "recipient", label: say("signin.address") }],
            send: async ({ recipient = "" }) => {
              await client.changeConsent(
                recipient,
                me.operator ? { state: "confirmed" } : { state: "asked", locale },
              );
              await reload();
            },
          }),
      }
      : {}),
  });
}
