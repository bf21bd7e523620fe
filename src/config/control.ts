import { flag, integer, list, oneOf, onlyWith, optionalText, text } from "./setting.ts";

/** The control API: who may use it, and how much. */
export const controlSettings = onlyWith({
  apiKey: {
    ...optionalText({
      description:
        "A key with every right; start makes one and keeps it in DATA_DIR/api-key. For the CLI: the key it uses.",
      placeholder: "KEY",
    }),
    secret: true,
  },
  maxRules: integer({
    default: 1_000_000,
    min: 1,
    max: 10_000_000,
    placeholder: "N",
    description: "The most rules a tenant may have.",
  }),
  newAddressesPerDay: integer({
    default: 200,
    min: 0,
    max: 1_000_000,
    placeholder: "N",
    description: "Mail addresses that a tenant may have asked in a day whether they want its alerts.",
  }),
  requestsPerSecond: integer({
    default: 2_000,
    min: 1,
    max: 1_000_000,
    placeholder: "N",
    description:
      "API requests a second that a tenant may make of one control process; twice as many at once.",
  }),
  alertsKept: integer({
    default: 50_000,
    min: 100,
    max: 1_000_000,
    placeholder: "N",
    description: "How many of the newest alerts the control API keeps in memory to list.",
  }),
  allowedHosts: list({
    default: [],
    placeholder: "NAME,…",
    description:
      "Host names the API and console answer for, beside this machine's own (localhost, 127.0.0.1); by default " +
      "those alone where the API listens there only, else any.",
  }),
  privateMetrics: flag({ description: "The control API's /metrics asks for an operator's key." }),
  oidcIssuer: optionalText({
    description:
      "Issuer of OIDC tokens that are taken in place of API keys, e.g. https://login.example.com/realms/desk.",
    placeholder: "URL",
  }),
  oidcAudience: optionalText({
    description: "The audience an OIDC token must be for; needed with the issuer.",
    placeholder: "NAME",
  }),
  oidcJwksUrl: optionalText({
    description: "Where the issuer's keys are; by default its discovery document says.",
    placeholder: "URL",
  }),
  oidcTenantClaim: text({
    default: "tenant",
    description: "The claim of an OIDC token that names its tenant.",
    placeholder: "CLAIM",
  }),
  selfService: flag({
    description:
      "Investors sign in with a link that is mailed to their own address, and look after rules of their own; needs --console-url and --link-secret (start has them).",
  }),
  selfServiceTenant: text({
    default: "default",
    placeholder: "NAME",
    description: "The tenant of those who sign in by mail.",
  }),
  selfServiceDomains: list({
    default: [],
    placeholder: "DOMAIN,…",
    description: "Domains (and what is below them) whose mail addresses may sign in; by default any.",
  }),
  selfServiceRules: integer({
    default: 50,
    min: 1,
    max: 100_000,
    placeholder: "N",
    description: "Rules that one who signs in by mail may have.",
  }),
  canary: optionalText({
    placeholder: "RECIPIENT",
    description:
      "Each minute an alert is sent the whole way to this recipient, and its arrival watched; nobody who would mind, e.g. success@simulator.amazonses.com.",
  }),
  reportTo: optionalText({
    placeholder: "ADDRESS",
    description: "Who gets the day's report on trading days: whether anything was missed.",
  }),
  reportAt: text({
    default: "20:10",
    placeholder: "HH:MM",
    description: "When the day's report is sent, in Seoul; NXT trades until 20:00.",
  }),
  reportLocale: oneOf(["ko", "en"], {
    default: "ko",
    placeholder: "LOCALE",
    description: "The language of the day's report: ko or en.",
  }),
  pushPublicKey: optionalText({
    placeholder: "KEY",
    description:
      "The public half of the notifier's --push-keys: what browsers subscribe to web push with. Start has it from its own keys.",
  }),
}, [
  {
    setting: "selfService",
    is: ["true"],
    names: ["selfServiceTenant", "selfServiceDomains", "selfServiceRules"],
  },
  { setting: "reportTo", is: "given", names: ["reportAt", "reportLocale"] },
]);
