import { previewMessage } from "../../alerts/preview.ts";
import { flag, oneOf } from "../../config/setting.ts";
import { KIND_NAMES, kindNamed } from "../../rules/parse_shorthand.ts";
import { LOCALES, RULE_KINDS } from "../../rules/rule.ts";
import { command } from "../command.ts";

/** `tickbell preview`: how a mail looks. */
export const previewCommand = command({
  name: "preview",
  summary: "Print an example mail: subject and text, or the HTML part",
  settings: {
    kind: oneOf(KIND_NAMES, {
      default: "target_price",
      placeholder: "KIND",
      description: `The rule's kind: ${RULE_KINDS.join(", ")}.`,
    }),
    locale: oneOf(LOCALES, { default: "ko", placeholder: "LOCALE", description: "ko or en." }),
    digest: flag({ description: "A digest of several alerts instead of one." }),
    html: flag({ description: "The HTML part alone, to be opened in a browser." }),
  },
  examples: [
    "tickbell preview --kind target_price --locale ko",
    "tickbell preview --kind change_rate --html > mail.html",
  ],
  run({ config, out }) {
    const message = previewMessage({ ...config, kind: kindNamed(config.kind) ?? "target_price" });
    if (config.html) out(message.html);
    else {
      out(`Subject: ${message.subject}`);
      for (const [name, value] of Object.entries(message.headers)) out(`${name}: ${value}`);
      out("");
      out(message.text);
    }
    return Promise.resolve(0);
  },
});
