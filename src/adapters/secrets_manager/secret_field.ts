import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

/** A secret that cannot be used; the message names it and what to do, never its value. */
class SecretError extends Error {
  readonly code = "secret_unusable";
  override readonly name = "SecretError";
}

export interface SecretFieldOptions {
  /** ARN or name of the secret. */
  readonly secret: string;
  /** Field of the secret's JSON, such as `secret`. */
  readonly field: string;
  readonly region: string;
  /** Another address of Secrets Manager, for tests. */
  readonly endpoint?: string;
}

/**
 * One field of a secret in AWS Secrets Manager whose value is a JSON object, as `deno task deploy` fills them.
 *
 * @throws {SecretError} when it cannot be read, is no JSON object, or has no such text.
 */
export async function readSecretField(options: SecretFieldOptions): Promise<string> {
  const { secret, field, region, endpoint } = options;
  const client = new SecretsManagerClient({ region, ...(endpoint === undefined ? {} : { endpoint }) });
  let text: string | undefined;
  try {
    text = (await client.send(new GetSecretValueCommand({ SecretId: secret }))).SecretString;
  } catch (cause) {
    throw new SecretError(
      `The secret ${secret} cannot be read (${
        (cause as Error).name
      }): secretsmanager:GetSecretValue and kms:Decrypt ` +
        "are needed, and a value that deno task deploy puts",
      { cause },
    );
  } finally {
    client.destroy();
  }
  const value = fieldOf(text, field);
  if (typeof value !== "string" || value === "") {
    throw new SecretError(`The secret ${secret} must be JSON with the text field ${field}`);
  }
  return value;
}

function fieldOf(text: string | undefined, field: string): unknown {
  try {
    return (JSON.parse(text ?? "") as Record<string, unknown> | null)?.[field];
  } catch {
    return undefined;
  }
}
