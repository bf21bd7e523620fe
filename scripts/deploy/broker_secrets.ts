import { type Authority, certify, isGood, makeAuthority } from "./authority.ts";
import type { Deployment, Outputs } from "./deployment.ts";
import { DeployError, type Shell } from "./shell.ts";
import { random, type SecretValue } from "./secret_value.ts";

/** Who signs in to the brokers: each role, who makes topics and rights, and the Lambda's event source. */
export const KAFKA_USERS = [
  "topics",
  "producer",
  "stream",
  "consumer",
  "notifier",
  "control",
  "lambda",
] as const;

/** A field of the brokers' secret that was made for brokers from before they spoke TLS, until those are replaced. */
const MOVING = "moving";

/** Whether brokers speak TLS already, by their secret. */
export function speakTls(kafka: SecretValue | undefined): boolean {
  return kafka !== undefined && kafka[MOVING] === undefined;
}

/** The brokers' secret once those from before they spoke TLS are replaced. */
export function movedSecret({ [MOVING]: _, ...kafka }: SecretValue): SecretValue {
  return kafka;
}

/**
 * What the brokers' secrets must be: the authority, each node's certificate, each user's password. What is there and good is
 * kept; `--rotate brokers` makes new certificates, `--rotate kafka` new passwords, `--rotate authority` takes a step to a new
 * authority.
 *
 * @param before what they are, by name.
 * @throws {DeployError} where brokers are from before they spoke TLS and are not being rolled, or the former authority is needed.
 */
export async function brokerSecrets(
  deployment: Pick<Deployment, "shell" | "rotate" | "roll">,
  outputs: Pick<Outputs, "kafka_tls" | "kafka_nodes">,
  before: ReadonlyMap<string, SecretValue | undefined>,
): Promise<Readonly<Record<string, SecretValue>>> {
  if (!outputs.kafka_tls) return {};
  // Where nothing is there yet, brokers are made with TLS.
  const areOld = !speakTls(before.get("kafka")) && before.get("api") !== undefined;
  if (areOld) checkMoving(deployment);
  const { shell, rotate } = deployment;
  const had = before.get("kafka") ?? {};
  const nodesHad = Object.entries(outputs.kafka_nodes).map(([name, ip]) => ({ pem: had[name] ?? "", ip }));
  const known = before.get("kafka-authority") as Standing | undefined;
  const authority: Standing = rotate.includes("authority")
    ? await nextAuthority(shell, known, nodesHad)
    : known ?? await makeAuthority(shell);
  const believed = `${authority.certificate}${authority.former ?? ""}`;
  const nodes = await Promise.all(
    Object.entries(outputs.kafka_nodes).map(async ([name, ip]) => {
      const there = rotate.includes("brokers") ? undefined : had[name];
      const good = there !== undefined && await isGood(shell, there, { ip, believed });
      return [name, good ? there : await certify(shell, authority, { name, ip })] as const;
    }),
  );
  const passwords = Object.fromEntries(
    KAFKA_USERS.map((user) => [user, (rotate.includes("kafka") ? undefined : had[user]) ?? random()]),
  );
  return {
    "kafka-authority": { ...authority },
    kafka: {
      authority: believed,
      ...passwords,
      ...Object.fromEntries(nodes),
      ...(areOld ? { [MOVING]: "yes" } : {}),
    },
    "kafka-lambda": { username: "lambda", password: passwords.lambda as string },
    "kafka-root": { certificate: believed },
  };
}

/** An authority, and the certificate of the one before while both are believed. */
type Standing = Authority & { readonly former?: string };

/**
 * A step to a new authority: first both are believed; then, once every node has a certificate of the new one, it alone.
 *
 * @throws {DeployError} when a node's certificate is still of the former.
 */
async function nextAuthority(
  shell: Shell,
  known: Standing | undefined,
  nodes: readonly { readonly pem: string; readonly ip: string }[],
): Promise<Standing> {
  const former = known?.certificate;
  if (known?.former === undefined) {
    return { ...await makeAuthority(shell), ...(former === undefined ? {} : { former }) };
  }
  const { certificate, key } = known;
  const good = await Promise.all(
    nodes.map(({ pem, ip }) => isGood(shell, pem, { ip, believed: certificate })),
  );
  if (good.every(Boolean)) return { certificate, key };
  throw new DeployError(
    "Brokers have certificates of the former authority still",
    "Run the command with --rotate brokers first: docs/deployment/rotation.md (Brokers).",
  );
}

/** Brokers that speak no TLS yet would not be reached by roles that do. */
function checkMoving({ roll }: Pick<Deployment, "roll">): void {
  if (roll === "kafka") return;
  throw new DeployError(
    "This installation's brokers are from before they spoke TLS",
    "While the market is closed run the same command with --roll kafka, which this once stops the roles and replaces all brokers " +
      "together; until then set kafka_tls = false in terraform.tfvars: docs/deployment/upgrade.md (Brokers).",
  );
}
