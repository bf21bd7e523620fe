import { expect } from "expect";
import { channelContract, messageTo } from "../../../tests/contract/channel.ts";
import { readMail } from "../../../tests/support/mail_text.ts";
import { OutsideError } from "../../core/errors.ts";
import { OutboxChannel } from "./outbox_channel.ts";

async function mailsIn(folder: string) {
  const mails = [];
  for await (const entry of Deno.readDir(folder)) {
    const { headers, parts } = readMail(await Deno.readTextFile(`${folder}/${entry.name}`));
    mails.push({
      to: headers.to ?? "",
      subject: headers.subject ?? "",
      text: parts["text/plain"] ?? "",
      html: parts["text/html"] ?? "",
      deliveryMark: headers["message-id"] ?? "",
      headers,
    });
  }
  return mails;
}

channelContract({
  name: "outbox",
  faults: ["unavailable"],
  async open() {
    const root = await Deno.makeTempDir({ prefix: "tickbell-outbox-" });
    const folder = `${root}/outbox`;
    return {
      channel: await OutboxChannel.open({ folder, from: "Tickbell <tickbell@localhost>" }),
      address: "kim@example.com",
      badAddress: "kim@example.com, lee@example.com",
      secrets: [],
      received: () => mailsIn(folder),
      async fault(fault) {
        if (fault === "unavailable") await Deno.remove(folder, { recursive: true });
        else await Deno.mkdir(folder);
      },
      close: () => Deno.remove(root, { recursive: true }),
    };
  },
});

Deno.test("outbox: a mail sent again after a crash takes the place of the first, half-written ones vanish", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-outbox-" });
  try {
    const options = { folder, from: "tickbell@localhost" };
    const never = new AbortController().signal;
    await (await OutboxChannel.open(options)).send(messageTo("kim@example.com"), never);
    await Deno.writeTextFile(`${folder}/1-half.eml.part`, "Subject: ha");
    const again = await OutboxChannel.open(options);
    await again.send(messageTo("kim@example.com"), never);
    const names = [...Deno.readDirSync(folder)].map((entry) => entry.name);
    expect(names).toHaveLength(1);
    expect(names[0]).toMatch(/^1764118020123-005930-[0-9a-f]{24}\.eml$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("outbox: a folder that cannot be made is one clear error", async () => {
  const file = await Deno.makeTempFile();
  try {
    await expect(OutboxChannel.open({ folder: `${file}/outbox`, from: "a@b.kr" })).rejects.toThrow(
      OutsideError,
    );
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("outbox: a folder that takes no file any more says so before a mail is due", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-outbox-" });
  const channel = await OutboxChannel.open({ folder, from: "tickbell@localhost" });
  expect(await channel.limits()).toEqual({ perSecond: Infinity, concurrent: Infinity });
  expect([...Deno.readDirSync(folder)]).toEqual([]);
  await Deno.remove(folder, { recursive: true });
  await expect(channel.limits()).rejects.toThrow(`cannot write mails to ${folder}`);
});
