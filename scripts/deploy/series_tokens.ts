import type { Deployment, Outputs } from "./deployment.ts";
import type { SecretValue } from "./secret_value.ts";
import { readSecret } from "./secrets.ts";
import { DeployError } from "./shell.ts";

/** Who uses the prices, each with a token of its own that InfluxDB's instance makes: infra/modules/influxdb/files/influxdb-tokens.sh. */
const SERIES_USERS = ["setup", "consumer", "control", "reader"] as const;
export type SeriesTokens = Readonly<Record<typeof SERIES_USERS[number], string>>;

/** How often InfluxDB's instance is waited for, which makes the tokens once it is set up; and how long each time. */
const WAIT = { tries: 60, waitMs: 10_000 };

/**
 * The tokens of all that use the prices. An instance from before they were made has a token that reads and nothing else: there
 * the roles use the operator's until it is made anew.
 *
 * @throws {DeployError} when a new instance has made none within ten minutes.
 */
export async function seriesTokens(
  deployment: Deployment,
  outputs: Outputs,
): Promise<{ readonly tokens: SeriesTokens; readonly said: string }> {
  const arn = outputs.secret_arns.influxdb as string;
  let secret = await readSecret(deployment, arn);
  for (let tries = 1; secret?.reader === undefined && tries < WAIT.tries; tries++) {
    if (tries === 1) deployment.say("  waiting for InfluxDB's instance to make its tokens");
    await new Promise((resolve) => setTimeout(resolve, WAIT.waitMs));
    secret = await readSecret(deployment, arn);
  }
  if (secret?.reader === undefined) {
    throw new DeployError(
      "InfluxDB's secret has no tokens for those that use it",
      "Its instance makes them: run influxdb-setup there (docs/deployment/rotation.md), then this command again.",
    );
  }
  return tokensOf(secret);
}

/** @returns the tokens, and what is to be said of them. */
function tokensOf(secret: SecretValue): { readonly tokens: SeriesTokens; readonly said: string } {
  const operator = secret.token as string;
  const { setup, consumer, control, reader } = secret;
  const own = setup !== undefined && consumer !== undefined && control !== undefined;
  return {
    tokens: {
      setup: setup ?? operator,
      consumer: consumer ?? operator,
      control: control ?? operator,
      reader: reader ?? operator,
    },
    said: own
      ? "each user has its own"
      : "consumer and control share the operator's until --roll influxdb: the instance is from before it made their own",
  };
}
