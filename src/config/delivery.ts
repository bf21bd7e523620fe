import { SUBJECT_FORMS } from "../alerts/message.ts";
import { duration, flag, integer, list, oneOf, onlyWith, optionalText, secretText, text } from "./setting.ts";

/** How alerts reach people. */
export const deliverySettings = onlyWith({
  mail: oneOf(["outbox", "ses", "smtp"], {
    default: "outbox",
    placeholder: "WAY",
    description: "How mail goes out: outbox (files in DATA_DIR/outbox), ses or smtp.",
  }),
  mailFrom: text({
    default: "Tickbell <tickbell@localhost>",
    placeholder: "ADDRESS",
    description:
      'The sender, an address or "Name <address>", the name in any script; SES must have verified it.',
  }),
  sesRegion: text({
    default: "ap-northeast-2",
    placeholder: "REGION",
    description: "AWS region of SES. Credentials come from the AWS environment or the pod's role.",
  }),
  sesEndpoint: optionalText({
    placeholder: "URL",
    description: "Another address of SES, for tests and private endpoints.",
  }),
  sesTopics: list({
    default: [],
    placeholder: "ARN,…",
    description:
      "ARNs of the SNS topics whose bounce and complaint notifications are believed; none by default.",
  }),
  smtpUrl: secretText({
    placeholder: "URL",
    description: "SMTP server, smtp://user:password@host:587 or smtps://host:465.",
  }),
  smtpCaFile: optionalText({
    placeholder: "FILE",
    description: "PEM certificates of the authorities that sign the SMTP server's; the system's by default.",
  }),
  webhookSecret: secretText({
    placeholder: "TEXT",
    description:
      "Signs webhook calls (HMAC-SHA256), 16 characters or more; while it is changed the new and the old one, with a comma. Without it there is no webhook channel.",
  }),
  webhookLocal: flag({
    description: "Also call webhooks at loopback addresses and over http there, for tests.",
  }),
  slackApi: text({
    default: "https://hooks.slack.com",
    placeholder: "URL",
    description: "Where Slack's incoming webhooks are; recipients elsewhere are refused.",
  }),
  telegramToken: secretText({
    placeholder: "TOKEN",
    description: "Telegram bot token; without it there is no Telegram channel.",
  }),
  telegramApi: text({
    default: "https://api.telegram.org",
    placeholder: "URL",
    description: "Where Telegram's bot API is.",
  }),
  discordApi: text({
    default: "https://discord.com",
    placeholder: "URL",
    description: "Where Discord's webhooks are; recipients elsewhere are refused.",
  }),
  ntfyUrl: optionalText({
    placeholder: "URL",
    description: "The ntfy server, https://ntfy.sh or one's own; without it there is no ntfy channel.",
  }),
  ntfyToken: secretText({
    placeholder: "TOKEN",
    description: "Access token of the ntfy server, where topics are protected.",
  }),
  smsGateway: oneOf(["none", "solapi", "nhn", "generic"], {
    default: "none",
    placeholder: "NAME",
    description:
      "Who sends text messages and 알림톡: solapi, nhn (NHN Cloud), generic (a service of one's own, docs/delivery.md); none: no such channel.",
  }),
  smsUrl: optionalText({
    placeholder: "URL",
    description: "The gateway's address; solapi and nhn have their own by default.",
  }),
  smsKey: optionalText({ placeholder: "TEXT", description: "The gateway's API key, or app key." }),
  smsSecret: secretText({ placeholder: "TEXT", description: "The gateway's API secret, or secret key." }),
  smsFrom: optionalText({
    placeholder: "PHONE",
    description: "The registered number that text messages come from.",
  }),
  smsProfile: optionalText({
    placeholder: "ID",
    description: "알림톡: the sender's profile (Solapi's pfId, NHN's senderKey).",
  }),
  smsTemplate: optionalText({
    placeholder: "ID",
    description:
      "알림톡: the approved template, with the variables subject and text; without it plain text messages go out.",
  }),
  pushKeys: secretText({
    placeholder: "PUBLIC,PRIVATE",
    description:
      "VAPID keys of web push, as tickbell recipients push-keys makes them; without them there is no push channel.",
  }),
  pushSubject: text({
    default: "mailto:tickbell@localhost",
    placeholder: "URL",
    description: "How push services reach whoever runs this: mailto: or https.",
  }),
  consoleUrl: optionalText({
    placeholder: "URL",
    description: "Where those who get the mails reach the console and the API; the mails' links lead there.",
  }),
  linkSecret: secretText({
    placeholder: "TEXT",
    description:
      "Signs the links that stop an alert, 16 characters or more; without it mails have no such link.",
  }),
  subjects: oneOf(SUBJECT_FORMS, {
    default: "condition",
    placeholder: "FORM",
    description:
      "How subjects are written: condition, [목표가] 삼성전자 71,100원 · 64,000원 이상; or time, [목표가 알림] 09시47분 - 삼성전자.",
  }),
  confirmRecipients: oneOf(["on", "off"], {
    default: "on",
    placeholder: "WHETHER",
    description:
      "Whether a mail address that is new to a tenant is asked before it gets alerts, unless an operator made the rule; where the sender is real (mail is ses or smtp), consoleUrl and linkSecret are given.",
  }),
  confirmedRecipients: list({
    default: [],
    placeholder: "NAME,…",
    description: "Mail addresses and domains, with those below them, that are not asked.",
  }),
  refusedDomains: list({
    default: [],
    placeholder: "DOMAIN,…",
    description:
      "Domains, with those below them, that no mail is sent to; rules with such addresses are refused.",
  }),
  tenantMessagesPerDay: integer({
    default: 200_000,
    min: 0,
    max: 100_000_000,
    placeholder: "N",
    description:
      "Messages a day (Asia/Seoul) of a tenant before the rest wait for the next morning's digest; 0 is no limit.",
  }),
  recipientMessagesPerDay: integer({
    default: 1_000,
    min: 0,
    max: 1_000_000,
    placeholder: "N",
    description:
      "Messages a day (Asia/Seoul) of a tenant to a recipient before the rest wait for the next morning's digest; 0 is no limit.",
  }),
  unknownOutcome: oneOf(["resend", "hold"], {
    default: "resend",
    placeholder: "POLICY",
    description:
      "What is done when it is not known whether a message went out (a crash during the call, no answer): resend it, or hold it in the dead letters.",
  }),
  maxAlertAge: duration({
    default: "12h",
    placeholder: "TIME",
    description:
      "What could not be sent for so long is not sent any more, but listed in one note: like 12h, 90m or 1d; 12h is a trading day.",
  }),
  stormPerMinute: integer({
    default: 30,
    min: 0,
    max: 100_000,
    placeholder: "N",
    description: "Messages a minute, tenant and recipient before the rest go into one digest; 0 is no limit.",
  }),
  deliveryAttempts: integer({
    default: 15,
    min: 1,
    max: 100,
    placeholder: "N",
    description: "Tries of a delivery before it goes to the dead letters; 15 span 20 minutes at least.",
  }),
  deliveryConcurrency: integer({
    default: 64,
    min: 1,
    max: 1_000,
    placeholder: "N",
    description:
      "Calls at once to one mail service or host, at most; SES, SMTP, webhooks and chats allow fewer.",
  }),
  deliveryTimeoutMs: integer({
    default: 30_000,
    min: 100,
    max: 600_000,
    placeholder: "MS",
    description: "How long a channel's call may take, in ms. SMTP waits as RFC 5321 has it.",
  }),
}, [
  { setting: "mail", is: ["ses"], names: ["sesEndpoint"] },
  { setting: "mail", is: ["smtp"], names: ["smtpUrl", "smtpCaFile"] },
  { setting: "webhookSecret", is: "given", names: ["webhookLocal"] },
  { setting: "telegramToken", is: "given", names: ["telegramApi"] },
  { setting: "ntfyUrl", is: "given", names: ["ntfyToken"] },
  {
    setting: "smsGateway",
    is: ["solapi", "nhn", "generic"],
    names: ["smsUrl", "smsKey", "smsSecret", "smsFrom", "smsProfile", "smsTemplate"],
  },
]);
