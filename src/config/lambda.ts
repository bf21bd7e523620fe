import { deliverySettings } from "./delivery.ts";
import { logSettings } from "./log.ts";
import { optionalText, text } from "./setting.ts";

/** What the notifier needs as a Lambda, beside the delivery settings. */
export const lambdaSettings = {
  ledgerTable: text({
    default: "stock-deliveries",
    placeholder: "NAME",
    description: "DynamoDB table of the Lambda's ledger; docs/delivery.md has its keys and indexes.",
  }),
  webhookSecretArn: optionalText({
    placeholder: "ARN",
    description:
      "Secret in Secrets Manager, JSON with the field secret, that takes the place of webhookSecret.",
  }),
  linkSecretArn: optionalText({
    placeholder: "ARN",
    description: "Secret in Secrets Manager, JSON with the field secret, that takes the place of linkSecret.",
  }),
  logSecret: logSettings.logSecret,
  acceptUnsealed: logSettings.acceptUnsealed,
  logSecretArn: optionalText({
    placeholder: "ARN",
    description: "Secret in Secrets Manager, JSON with the field secret, that takes the place of logSecret.",
  }),
  dynamodbEndpoint: optionalText({
    placeholder: "URL",
    description: "Another address of DynamoDB, for tests and private endpoints.",
  }),
};

/** What the control API needs where a Lambda delivers. */
export const mirrorSettings = {
  lambdaTable: optionalText({
    placeholder: "NAME",
    description:
      "Where a Lambda delivers: its DynamoDB table. Control copies its outcomes and dead letters to the log, and recipients' settings and silences to it.",
  }),
  sesRegion: deliverySettings.sesRegion,
  dynamodbEndpoint: lambdaSettings.dynamodbEndpoint,
};
