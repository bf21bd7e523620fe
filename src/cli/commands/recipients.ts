import { commonSettings } from "../../config/common.ts";
import { logSettings } from "../../config/log.ts";
import { text, type Values } from "../../config/setting.ts";
import { systemClock } from "../../core/clock.ts";
import { RecipientBook } from "../../ports/recipients.ts";
import { command } from "../command.ts";
import { openLog } from "../open_log.ts";

const { dataDir } = commonSettings;
const settings = { ...logSettings, dataDir };

/** `tickbell recipients list`: who is suppressed and why, who has quiet hours. */
export const recipientsListCommand = command({
  name: "recipients list",
  summary: "Recipients that are suppressed or have quiet hours",
  settings,
  examples: ["tickbell recipients list --brokers kafka-1:9092"],
  run: ({ config, out }) =>
    withBook(config, (book) => {
      const all = book.all();
      for (const { recipient, suppression, quietHours } of all) {
        const suppressed = suppression === null
          ? ""
          : `  suppressed (${suppression.cause}, ${
            new Date(suppression.at).toISOString()
          }): ${suppression.reason}`;
        out(`${recipient}${suppressed}${quietHours === null ? "" : `  quiet ${quietHours} Asia/Seoul`}`);
      }
      if (all.length === 0) out("no recipient is suppressed or has quiet hours");
      return Promise.resolve();
    }),
});

/** `tickbell recipients suppress RECIPIENT`. */
export const recipientsSuppressCommand = command({
  name: "recipients suppress",
  summary: "Write to a recipient no more; their alerts are marked suppressed",
  args: ["<recipient>"],
  settings: {
    ...settings,
    reason: text({ default: "by hand", placeholder: "TEXT", description: "Why; shown with each alert." }),
  },
  examples: ["tickbell recipients suppress kim@example.com --reason 'left the company'"],
  run: ({ config, args: [recipient = ""], out }) =>
    withBook(config, async (book) => {
      const at = systemClock.now();
      const suppression = { cause: "manual", reason: config.reason, at } as const;
      await book.change(recipient, { suppression }, at);
      out(`${recipient} is suppressed`);
    }),
});

/** `tickbell recipients unsuppress RECIPIENT`. */
export const recipientsUnsuppressCommand = command({
  name: "recipients unsuppress",
  summary: "Write to a suppressed recipient again",
  args: ["<recipient>"],
  settings,
  examples: ["tickbell recipients unsuppress kim@example.com"],
  run: ({ config, args: [recipient = ""], out }) =>
    withBook(config, async (book) => {
      await book.change(recipient, { suppression: null }, systemClock.now());
      out(`${recipient} is written to again`);
    }),
});

/** `tickbell recipients quiet RECIPIENT HOURS`. */
export const recipientsQuietCommand = command({
  name: "recipients quiet",
  summary: "Set a recipient's quiet hours, HH:MM-HH:MM in Asia/Seoul, or none",
  args: ["<recipient>", "<hours>"],
  settings,
  examples: [
    "tickbell recipients quiet kim@example.com 22:00-07:30",
    "tickbell recipients quiet kim@example.com none",
  ],
  run: ({ config, args: [recipient = "", hours = ""], out }) =>
    withBook(config, async (book) => {
      const quietHours = hours === "none" ? null : hours;
      await book.change(recipient, { quietHours }, systemClock.now());
      out(
        quietHours === null ? `${recipient} has no quiet hours` : `${recipient} is quiet ${hours} Asia/Seoul`,
      );
    }),
});

async function withBook(
  config: Values<typeof settings>,
  work: (book: RecipientBook) => Promise<void>,
): Promise<number> {
  const log = await openLog(config, { clock: systemClock, random: Math.random });
  try {
    await work(await RecipientBook.load(log));
    return 0;
  } finally {
    await log.close();
  }
}
