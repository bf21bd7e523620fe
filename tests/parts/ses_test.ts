import { channelContract } from "../contract/channel.ts";
import { readMail } from "../support/mail_text.ts";
import { CREDENTIALS, MOTO, Moto, REGION } from "../support/moto.ts";
import { partTest } from "../support/part.ts";
import { SesChannel } from "../../src/adapters/ses/ses_channel.ts";

const SENDER = "alerts@example.com";

channelContract({
  name: "SES for real",
  faults: ["refused", "gone"],
  async open() {
    const moto = await Moto.start();
    await moto.verify(SENDER);
    let ended = false;
    const end = async () => {
      if (!ended) await moto[Symbol.asyncDispose]();
      ended = true;
    };
    return {
      channel: new SesChannel({
        region: REGION,
        endpoint: moto.url,
        credentials: CREDENTIALS,
        from: `Tickbell <${SENDER}>`,
      }),
      address: "kim@example.com",
      badAddress: "no address",
      secrets: [CREDENTIALS.secretAccessKey],
      received: async () =>
        (await moto.mails()).map(({ to, raw }) => {
          const { headers, parts } = readMail(raw);
          return {
            to: [...new Set(to)].join(),
            subject: headers.subject ?? "",
            text: parts["text/plain"] ?? "",
            deliveryMark: headers["message-id"] ?? "",
            headers,
          };
        }),
      async fault(fault) {
        if (fault === "gone") await end();
        // An account that has verified no sender.
        else if (fault === "refused") await moto.reset();
        else await moto.verify(SENDER);
      },
      close: end,
    };
  },
}, (name, body) => partTest(name, MOTO, body));
