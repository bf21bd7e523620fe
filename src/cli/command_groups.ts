/** What the commands that share their first word are about. */
export const GROUPS: Readonly<Record<string, string>> = {
  rules: "Make, find, change, import, export, try and explain rules",
  alerts: "What has fired: the history and the live tail",
  keys: "API keys: who may do what",
  webhooks: "Webhook endpoints: secrets, tests, results, messages once more",
  reference: "What is known of symbols: names, markets, states, limits, daily candles",
  history: "Past days from KIS's REST",
  topics: "The topics on Kafka: make them, show where they differ",
  deadletters: "What could not be handled, with its bytes: look, send again",
  gaps: "What roles missed in the event log: look, acknowledge",
  recipients: "Addresses: suppressions, quiet hours, test messages",
};
