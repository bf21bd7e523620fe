import type { Deployment, Outputs } from "./deployment.ts";
import { DeployError, type RunResult } from "./shell.ts";

/** How long a command on an instance may take, and how often it is asked after, ms. */
export interface CommandWaits {
  readonly commandMs: number;
  readonly pollMs: number;
}
export const COMMAND_WAITS: CommandWaits = { commandMs: 900_000, pollMs: 3_000 };

const RUNNING = ["Pending", "InProgress", "Delayed"];

/**
 * Runs a command as root on an instance through Systems Manager: no port is open for it.
 *
 * @returns what it ended with and wrote; 255 where the instance cannot be reached (yet).
 */
export async function tryOn(
  deployment: Pick<Deployment, "shell">,
  instance: string,
  command: string,
  waits: CommandWaits = COMMAND_WAITS,
): Promise<RunResult> {
  const sent = await deployment.shell.try("aws", [
    ...["ssm", "send-command", "--document-name", "AWS-RunShellScript", "--instance-ids", instance],
    ...["--parameters", JSON.stringify({ commands: [command] })],
    ...["--query", "Command.CommandId", "--output", "text"],
  ]);
  if (sent.code !== 0) return { ...sent, code: 255 };
  const id = sent.stdout.trim();
  for (const end = Date.now() + waits.commandMs; Date.now() < end;) {
    const asked = await deployment.shell.try("aws", [
      ...["ssm", "get-command-invocation", "--command-id", id, "--instance-id", instance],
      ...["--output", "json"],
    ]);
    // An invocation that was sent a moment ago is not known at once.
    if (asked.code === 0) {
      const found = JSON.parse(asked.stdout) as Invocation;
      if (!RUNNING.includes(found.Status)) {
        return {
          code: found.Status === "Success" ? 0 : found.ResponseCode > 0 ? found.ResponseCode : 1,
          stdout: found.StandardOutputContent,
          stderr: found.StandardErrorContent,
        };
      }
    }
    await new Promise((go) => setTimeout(go, waits.pollMs));
  }
  return { code: 124, stdout: "", stderr: `${command} did not end within ${waits.commandMs / 1000} s` };
}

/**
 * The same, for a command that has to succeed.
 *
 * @throws {DeployError} with what it said and the remedy.
 */
export async function runOn(
  deployment: Pick<Deployment, "shell">,
  instance: string,
  command: string,
  remedy: string,
  waits: CommandWaits = COMMAND_WAITS,
): Promise<string> {
  const { code, stdout, stderr } = await tryOn(deployment, instance, command, waits);
  if (code === 0) return stdout;
  throw new DeployError(`${command} on ${instance} ended with ${code}: ${(stderr || stdout).trim()}`, remedy);
}

/**
 * The id of an instance by its name.
 *
 * @throws {DeployError} where Terraform knows of none.
 */
export function instanceId(outputs: Pick<Outputs, "instance_ids">, name: string): string {
  const id = outputs.instance_ids[name];
  if (id === undefined) {
    throw new DeployError(`Terraform has no instance ${name}`, "Look at infra/modules/platform/outputs.tf.");
  }
  return id;
}

interface Invocation {
  readonly Status: string;
  readonly ResponseCode: number;
  readonly StandardOutputContent: string;
  readonly StandardErrorContent: string;
}
