import { type Deployment, type Outputs, REGION, stateBucket, workFolder } from "./deployment.ts";
import { DeployError } from "./shell.ts";

const TERRAFORM_REMEDY =
  "Terraform's own message above names the resource. What it made so far is kept in the state: mend the cause and run the same command again.";

/** Whether the state has a place to be. */
export async function hasStateBucket(deployment: Deployment): Promise<boolean> {
  const answer = await deployment.shell.try("aws", [
    "s3api",
    "head-bucket",
    "--bucket",
    stateBucket(deployment.account),
  ]);
  if (answer.code === 0) return true;
  if (/404|Not Found/i.test(answer.stderr)) return false;
  throw new DeployError(
    `The state's bucket ${stateBucket(deployment.account)} cannot be examined: ${answer.stderr.trim()}`,
    "When it says 403, the name belongs to someone else or your rights do not reach: you need s3:ListBucket on it.",
  );
}

/** Makes the bucket of the state, once an account. */
export async function makeStateBucket(deployment: Deployment): Promise<string> {
  if (await hasStateBucket(deployment)) return `${stateBucket(deployment.account)} is there`;
  const cwd = `${deployment.root}/infra/bootstrap`;
  const variable = `-var=account_id=${deployment.account}`;
  await terraform(deployment, ["init", "-input=false", "-no-color"], cwd);
  await terraform(deployment, ["apply", "-input=false", "-no-color", "-auto-approve", variable], cwd);
  return `made ${stateBucket(deployment.account)}`;
}

/** Shows what Terraform would change, and changes nothing. */
export async function planInfrastructure(deployment: Deployment): Promise<string> {
  if (!await hasStateBucket(deployment)) return await planEmptyAccount(deployment);
  await initialise(deployment);
  await terraform(deployment, ["plan", "-input=false", "-no-color", "-lock=false"]);
  return "see Terraform's plan above";
}

/** The plan of an account that has no place for a state yet: with a state in a copy of infra/, thrown away afterwards. */
async function planEmptyAccount(deployment: Deployment): Promise<string> {
  const copy = await Deno.makeTempDir({ prefix: "tickbell-plan-" });
  try {
    await copyFolder(`${deployment.root}/infra`, copy);
    const cwd = `${copy}/environments/${deployment.environment}`;
    await Deno.writeTextFile(`${cwd}/backend_override.tf`, 'terraform {\n  backend "local" {}\n}\n');
    await terraform(deployment, ["init", "-input=false", "-no-color"], cwd);
    await terraform(deployment, ["plan", "-input=false", "-no-color"], cwd);
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
  return "there is no state yet, so all of Terraform's plan above would be made";
}

/** The configuration's files, without what Terraform or a deployment left among them. */
async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (name === ".terraform" || name === ".deploy" || name.includes(".tfstate")) continue;
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/**
 * Applies what the plan says.
 *
 * @returns what the other steps need to know.
 */
export async function applyInfrastructure(deployment: Deployment): Promise<Outputs> {
  await initialise(deployment);
  await adoptIdentity(deployment);
  return await applyPlan(deployment);
}

const IDENTITY = "module.platform.module.ses.aws_sesv2_email_identity.this";

/** A sender that somebody verified before is taken over: to make it again would be an error. */
async function adoptIdentity(deployment: Deployment): Promise<void> {
  const { shell, folder, mailIdentity } = deployment;
  const known = await shell.try("terraform", ["state", "list", IDENTITY], { cwd: folder });
  if (known.code === 0 && known.stdout.trim() !== "") return;
  const there = await shell.try("aws", ["sesv2", "get-email-identity", "--email-identity", mailIdentity]);
  if (there.code !== 0) return;
  await terraform(deployment, ["import", "-input=false", "-no-color", IDENTITY, mailIdentity]);
}

interface PlanOfTerraform {
  readonly resource_changes?: readonly {
    readonly address: string;
    readonly change: { readonly actions: readonly string[] };
  }[];
}

/** What a plan takes away, by address: destroyed, or destroyed and made anew. */
function lossesOf(plan: PlanOfTerraform): string[] {
  return lost(plan).map(({ address, change }) =>
    `${address} (${change.actions.includes("create") ? "replaced" : "destroyed"})`
  );
}

function lost(plan: PlanOfTerraform) {
  return (plan.resource_changes ?? []).filter(({ change }) => change.actions.includes("delete"));
}

/** What holds data, or what data is read with: prod's is never taken away by this program, whatever is agreed to. */
const PRECIOUS =
  /(^|\.)(aws_ebs_volume|aws_kms_key|aws_dynamodb_table|aws_s3_bucket|aws_secretsmanager_secret)\.[^.]+$/;

/**
 * Makes instances anew, and nothing else.
 *
 * @param modules addresses of module instance's calls: what of them is replaced is agreed to.
 * @returns what the other steps need to know, with the new instances.
 */
export async function replaceInstances(deployment: Deployment, modules: readonly string[]): Promise<Outputs> {
  const words = modules.flatMap((module) => [`-replace=${module}.aws_instance.this`, `-target=${module}`]);
  const asked = modules.flatMap((module) =>
    ["aws_instance.this", "aws_volume_attachment.data[0]"].map((name) => `${module}.${name}`)
  );
  return await applyPlan(deployment, { words, asked });
}

interface PlanOptions {
  /** Further words of `terraform plan`. */
  readonly words: readonly string[];
  /** Addresses whose loss was asked for. */
  readonly asked: readonly string[];
}

async function applyPlan(
  deployment: Deployment,
  { words, asked }: PlanOptions = { words: [], asked: [] },
): Promise<Outputs> {
  const plan = `${workFolder(deployment)}/plan.tfplan`;
  await Deno.mkdir(workFolder(deployment), { recursive: true });
  // The plan that is applied is the plan that was printed.
  await terraform(deployment, ["plan", "-input=false", "-no-color", ...words, `-out=${plan}`]);
  await agreeToLosses(deployment, plan, asked);
  await terraform(deployment, ["apply", "-input=false", "-no-color", plan]);
  await Deno.remove(plan);
  return await readOutputs(deployment);
}

/** Nothing that is there is destroyed or replaced unless somebody agrees, or asked for it. */
async function agreeToLosses(
  deployment: Deployment,
  plan: string,
  asked: readonly string[],
): Promise<void> {
  const text = await deployment.shell.run(
    "terraform",
    ["show", "-no-color", "-json", plan],
    TERRAFORM_REMEDY,
    {
      cwd: deployment.folder,
    },
  );
  const read = JSON.parse(text) as PlanOfTerraform;
  const others = lost(read).filter(({ address }) => !asked.includes(address));
  const losses = lossesOf({ resource_changes: others });
  if (losses.length === 0) return;
  const precious = others.map(({ address }) => address).filter((address) => PRECIOUS.test(address));
  if (deployment.environment === "prod" && precious.length > 0) {
    throw new DeployError(
      `The plan takes away what holds prod's data: ${precious.join(", ")}`,
      "Nothing was changed, and this program never does that. By hand, on purpose: docs/deployment/upgrade.md (Taking prod down).",
    );
  }
  const question = `The plan above takes away what is there:\n${
    losses.map((loss) => `  - ${loss}`).join("\n")
  }\nGo on? Write yes:`;
  if (deployment.agrees(question)) return;
  throw new DeployError(
    `The plan destroys or replaces ${losses.join(", ")}, and nobody agreed to it`,
    "Nothing was changed. Read docs/deployment/upgrade.md; run the same command again and write yes, or with --yes in a pipeline.",
  );
}

/** What `terraform output` says, checked. */
export async function readOutputs(deployment: Deployment): Promise<Outputs> {
  const text = await deployment.shell.run("terraform", ["output", "-no-color", "-json"], TERRAFORM_REMEDY, {
    cwd: deployment.folder,
  });
  const { platform } = JSON.parse(text) as { platform?: { value: Record<string, unknown> } };
  const value = (name: string): unknown => {
    if (platform?.value[name] === undefined) {
      throw new DeployError(
        `Terraform has no output ${name}`,
        "infra/environments and scripts/deploy are of different versions.",
      );
    }
    return platform.value[name];
  };
  return {
    cluster_name: value("cluster_name") as string,
    kafka_bootstrap: value("kafka_bootstrap") as string,
    influxdb_url: value("influxdb_url") as string,
    repository_urls: value("repository_urls") as Record<string, string>,
    secret_arns: value("secret_arns") as Record<string, string>,
    uses_lambda: value("uses_lambda") as boolean,
    dkim_tokens: value("dkim_tokens") as string[],
    mail_feedback_topic: value("mail_feedback_topic") as string,
    ledger_table: value("ledger_table") as string | null,
    console_url: value("console_url") as string | null,
    kafka_tls: value("kafka_tls") as boolean,
    kafka_nodes: value("kafka_nodes") as Record<string, string>,
    instance_ids: value("instance_ids") as Record<string, string>,
    pages_topic: value("pages_topic") as string,
    pages_receivers: value("pages_receivers") as number,
  };
}

/** Takes everything down again. */
export async function destroyInfrastructure(deployment: Deployment): Promise<void> {
  await initialise(deployment);
  await terraform(deployment, ["destroy", "-input=false", "-no-color", "-auto-approve"]);
}

async function initialise(deployment: Deployment): Promise<void> {
  await terraform(deployment, [
    "init",
    "-input=false",
    "-no-color",
    "-reconfigure",
    `-backend-config=bucket=${stateBucket(deployment.account)}`,
    `-backend-config=region=${REGION}`,
  ]);
}

async function terraform(deployment: Deployment, args: string[], cwd = deployment.folder): Promise<void> {
  await deployment.shell.run("terraform", args, TERRAFORM_REMEDY, { cwd, shown: true });
}
