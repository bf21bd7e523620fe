/**
 * A notifier in a process of its own, to be killed: `notifier_child.ts FOLDER hang|outbox`. Prints a line for each call
 * (`hang`, which never answers) or for each mail.
 *
 * @module
 */
import { OutboxChannel } from "../../src/adapters/outbox/outbox_channel.ts";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { systemClock } from "../../src/core/clock.ts";
import type { Channel } from "../../src/ports/channel.ts";
import { Notifier } from "../../src/roles/notifier/notifier.ts";

const [folder = "", mode] = Deno.args;
const log = await openSqliteLog({ path: `${folder}/events.db`, partitions: 2, clock: systemClock });
const hanging: Channel = {
  channel: "mail",
  transport: "hanging",
  send(message) {
    console.log(`called ${message.deliveryId}`);
    return new Promise(() => {});
  },
  close: () => Promise.resolve(),
};
const outbox = await OutboxChannel.open({ folder: `${folder}/outbox`, from: "tickbell@localhost" });
const notifier = new Notifier({
  log,
  channels: [mode === "hang" ? hanging : outbox],
  clock: systemClock,
  random: Math.random,
  stormPerMinute: 0,
  onDelivery: ({ state, id }) => state === "sent" && console.log(`sent ${id}`),
});
const stop = new AbortController();
const running = notifier.run(stop.signal);
await notifier.idle();
console.log("idle");
stop.abort();
await running;
await log.close();
