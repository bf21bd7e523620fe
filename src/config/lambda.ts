import { optionalText, text } from "./setting.ts";

/** What the notifier needs as a Lambda, beside the delivery settings. */
export const lambdaSettings = {
  ledgerTable: text({
    default: "stock-deliveries",
    placeholder: "NAME",
    description: "DynamoDB table of the Lambda's ledger, key id (text), time to live expiresAt.",
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
  dynamodbEndpoint: optionalText({
    placeholder: "URL",
    description: "Another address of DynamoDB, for tests and private endpoints.",
  }),
};
