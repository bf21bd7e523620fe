import { brokerSecrets, movedSecret, speakTls } from "./broker_secrets.ts";
import type { Deployment, Outputs } from "./deployment.ts";
import { random, type SecretValue } from "./secret_value.ts";
import { DeployError } from "./shell.ts";

/** Secrets that this program can make up itself. */
const MADE: Readonly<Record<string, () => SecretValue>> = {
  influxdb: () => ({ password: random(), token: random() }),
  api: () => ({ key: random() }),
  webhook: () => ({ secret: random() }),
  links: () => ({ secret: random() }),
  log: () => ({ secret: `1:${random()}` }),
  grafana: () => ({ user: "admin", password: random() }),
  jenkins: () => ({ adminPassword: random(), webhook: random() }),
};

/**
 * What gets a new value by --rotate. Of the brokers: kafka their users' passwords, brokers their certificates, authority who signs those. InfluxDB's token is
 * made by its own instance.
 */
export const ROTATABLE = [
  "api",
  "webhook",
  "links",
  "log",
  "kafka",
  "brokers",
  "authority",
  "influxdb",
  "grafana",
  "jenkins",
] as const;

/** The ones that are simply made up anew. */
const REPLACED: readonly string[] = ["api", "webhook", "links", "grafana", "jenkins"];

/** Secrets that only the user has, and the variables they are taken from. */
const GIVEN: Readonly<Record<string, SecretValue>> = {
  kis: { appKeys: "TICKBELL_KIS_APP_KEYS", appSecrets: "TICKBELL_KIS_APP_SECRETS" },
};

/**
 * Sees to it that every secret has a value: makes those it can, takes KIS's from the environment, leaves what is there.
 * Values go through standard input and never into Terraform's state.
 */
export async function fillSecrets(
  deployment: Deployment,
  outputs: Outputs,
): Promise<{ values: Record<string, SecretValue>; hadTls: boolean; said: string }> {
  const values: Record<string, SecretValue> = {};
  const made: string[] = [];
  const before = new Map<string, SecretValue | undefined>();
  for (const [name, arn] of Object.entries(outputs.secret_arns)) {
    before.set(name, await readSecret(deployment, arn));
  }
  checkSeals(deployment, before);
  const ofBrokers = await brokerSecrets(deployment, outputs, before);
  for (const [name, arn] of Object.entries(outputs.secret_arns)) {
    const there = before.get(name);
    const rotated = deployment.rotate.includes(name);
    const kept = rotated && REPLACED.includes(name) ? undefined : there;
    const sealing = rotated && name === "log" && there !== undefined ? nextSeal(there) : undefined;
    const value = givenFor(name) ?? sealing ?? ofBrokers[name] ?? kept ?? MADE[name]?.();
    if (value === undefined) continue;
    values[name] = value;
    if (isSame(value, there)) continue;
    await writeSecret(deployment, arn, value);
    made.push(name);
  }
  const hadTls = speakTls(before.get("kafka"));
  return { values, hadTls, said: made.length === 0 ? "all have their values" : `put ${made.join(", ")}` };
}

/** Notes that brokers from before they spoke TLS are replaced: from now on they are known to speak it. */
export async function noteMoved(deployment: Deployment, outputs: Outputs): Promise<void> {
  const arn = outputs.secret_arns.kafka as string;
  await writeSecret(deployment, arn, movedSecret(await readSecret(deployment, arn) ?? {}));
}

/** A new secret before the newest one there is: what that sealed is believed until it is adopted. */
function nextSeal(there: SecretValue): SecretValue {
  const newest = (there.secret as string).split(",")[0] as string;
  const id = Number(newest.split(":")[0]);
  return { ...there, secret: `${Number.isInteger(id) ? id + 1 : 2}:${random()},${newest}` };
}

function isSame(one: SecretValue, other: SecretValue | undefined): boolean {
  const sorted = (value: SecretValue | undefined) => JSON.stringify(Object.entries(value ?? {}).sort());
  return other !== undefined && sorted(one) === sorted(other);
}

/**
 * With a first secret of seals, the rules and keys of an installation from before would be believed no more.
 *
 * @throws {DeployError} unless they are to be believed until they are adopted.
 */
function checkSeals(
  { acceptUnsealed }: Pick<Deployment, "acceptUnsealed">,
  before: ReadonlyMap<string, SecretValue | undefined>,
): void {
  if (acceptUnsealed || before.get("log") !== undefined || before.get("api") === undefined) return;
  throw new DeployError(
    "This installation is from before records were sealed",
    "Set accept_unsealed = true in terraform.tfvars and run the same command again; then adopt them, as docs/deployment/upgrade.md says (Seals).",
  );
}

/** The value of a secret, or undefined when it has none yet. */
export async function readSecret(deployment: Deployment, arn: string): Promise<SecretValue | undefined> {
  const answer = await deployment.shell.try("aws", [
    "secretsmanager",
    "get-secret-value",
    "--secret-id",
    arn,
    "--query",
    "SecretString",
    "--output",
    "text",
  ]);
  if (answer.code === 0) return JSON.parse(answer.stdout) as SecretValue;
  if (answer.stderr.includes("ResourceNotFoundException")) return undefined;
  throw new DeployError(
    `The secret ${arn} cannot be read: ${answer.stderr.trim()}`,
    "You need secretsmanager:GetSecretValue and kms:Decrypt on the project's key.",
  );
}

async function writeSecret(deployment: Deployment, arn: string, value: SecretValue): Promise<void> {
  await deployment.shell.run(
    "aws",
    ["secretsmanager", "put-secret-value", "--secret-id", arn, "--secret-string", "file:///dev/stdin"],
    "You need secretsmanager:PutSecretValue and kms:GenerateDataKey on the project's key.",
    { input: JSON.stringify(value) },
  );
}

function givenFor(name: string): SecretValue | undefined {
  const variables = GIVEN[name];
  if (variables === undefined) return undefined;
  const entries = Object.entries(variables).map(([field, variable]) =>
    [field, Deno.env.get(variable) ?? ""] as const
  );
  const missing = entries.filter(([, value]) => value === "");
  if (missing.length === entries.length) return undefined;
  if (missing.length > 0) {
    throw new DeployError(
      `Of ${Object.values(variables).join(" and ")} only one is set`,
      "Set both, or neither to leave the secret as it is.",
    );
  }
  return Object.fromEntries(entries);
}
