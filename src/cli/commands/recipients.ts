import { seoul } from "../seoul.ts";
import { text } from "../../config/setting.ts";
import { apiCommand, EXIT } from "../api_command.ts";
import { counted } from "../../core/counted.ts";
import { command } from "../command.ts";
import { atDesk, deskSettings } from "../operator_desk.ts";

/** `tickbell recipients list`: who is suppressed and why, who has quiet hours. */
export const recipientsListCommand = command({
  name: "recipients list",
  summary: "Recipients that are suppressed or have quiet hours",
  settings: deskSettings,
  examples: ["tickbell recipients list --brokers kafka-1:9092"],
  run: ({ config, out }) =>
    atDesk(config, async (desk) => {
      const all = await desk.recipients();
      for (const { recipient, suppression, quietHours } of all) {
        const suppressed = suppression === null
          ? ""
          : `  suppressed (${suppression.cause}, ${seoul(suppression.at)}): ${suppression.reason}`;
        out(`${recipient}${suppressed}${quietHours === null ? "" : `  quiet ${quietHours} Asia/Seoul`}`);
      }
      if (all.length === 0) out("no recipient is suppressed or has quiet hours");
      return 0;
    }),
});

/** `tickbell recipients suppress RECIPIENT`. */
export const recipientsSuppressCommand = command({
  name: "recipients suppress",
  summary: "Write to a recipient no more; their alerts are marked suppressed",
  args: ["<recipient>"],
  settings: {
    ...deskSettings,
    reason: text({ default: "by hand", placeholder: "TEXT", description: "Why; shown with each alert." }),
  },
  examples: ["tickbell recipients suppress kim@example.com --reason 'left the company'"],
  run: ({ config, args: [recipient = ""], out }) =>
    atDesk(config, async (desk) => {
      await desk.changeRecipient(recipient, { suppressed: true, reason: config.reason });
      out(`${recipient} is suppressed`);
      return 0;
    }),
});

/** `tickbell recipients unsuppress RECIPIENT`. */
export const recipientsUnsuppressCommand = command({
  name: "recipients unsuppress",
  summary: "Write to a suppressed recipient again",
  args: ["<recipient>"],
  settings: deskSettings,
  examples: ["tickbell recipients unsuppress kim@example.com"],
  run: ({ config, args: [recipient = ""], out }) =>
    atDesk(config, async (desk) => {
      await desk.changeRecipient(recipient, { suppressed: false });
      out(`${recipient} is written to again`);
      return 0;
    }),
});

/** `tickbell recipients quiet RECIPIENT HOURS`. */
export const recipientsQuietCommand = command({
  name: "recipients quiet",
  summary: "Set a recipient's quiet hours, HH:MM-HH:MM in Asia/Seoul, or none",
  args: ["<recipient>", "<hours>"],
  settings: deskSettings,
  examples: [
    "tickbell recipients quiet kim@example.com 22:00-07:30",
    "tickbell recipients quiet kim@example.com none",
  ],
  run: ({ config, args: [recipient = "", hours = ""], out }) =>
    atDesk(config, async (desk) => {
      const quietHours = hours === "none" ? null : hours;
      await desk.changeRecipient(recipient, { quietHours });
      out(
        quietHours === null ? `${recipient} has no quiet hours` : `${recipient} is quiet ${hours} Asia/Seoul`,
      );
      return 0;
    }),
});

/** `tickbell recipients erase RECIPIENT`: what is known of a person is forgotten. */
export const recipientsErase = apiCommand({
  name: "recipients erase",
  summary: "Forget a person: rules, settings and the audit name them no more",
  args: ["<recipient>"],
  settings: {},
  examples: ["tickbell recipients erase kim@example.com"],
  async run({ api, args: [recipient], show }) {
    const erased = await api.erasePerson(recipient!);
    show(erased, () => [
      `${recipient} is erased from ${counted(erased.rules, "rule")} and ${
        counted(erased.pseudonyms, "pseudonym")
      } of the audit.`,
      "Alerts and the ledger of deliveries have the address until they are too old to be kept.",
    ]);
    return EXIT.done;
  },
});
