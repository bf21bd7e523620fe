import { type Deployment, type Environment, type Feed, FEEDS, REGION } from "./deployment.ts";
import type { Rollable } from "./roll.ts";
import { DeployError, Shell } from "./shell.ts";
import { namesOf, readTfvars } from "./tfvars.ts";

/** Programs, how they print their version, the least that will do, and where to get them. */
const TOOLS = [
  { name: "terraform", args: ["version"], least: [1, 10], from: "developer.hashicorp.com/terraform/install" },
  { name: "aws", args: ["--version"], least: [2, 0], from: "docs.aws.amazon.com/cli" },
  { name: "kubectl", args: ["version", "--client"], least: [1, 32], from: "kubernetes.io/docs/tasks/tools" },
  { name: "helm", args: ["version", "--short"], least: [4, 0], from: "helm.sh/docs/intro/install" },
  { name: "openssl", args: ["version"], least: [1, 1], from: "openssl.org, or your system's packages" },
  { name: "git", args: ["--version"], least: [2, 20], from: "git-scm.com" },
] as const;

const BUILDERS = ["docker", "podman", "buildah"] as const;

/** Quotas that an environment needs: vCPUs of standard instances, VPCs, addresses. */
const QUOTAS = [
  {
    service: "ec2",
    code: "L-1216C47A",
    what: "vCPUs of on-demand standard instances",
    // Kafka, InfluxDB, NAT; in prod as many nodes as there may be, in dev they are spot instances.
    need: { dev: 9, prod: 26 },
  },
  {
    service: "ec2",
    code: "L-34B43A08",
    what: "vCPUs of spot standard instances",
    need: { dev: 6, prod: 0 },
  },
  {
    service: "lambda",
    code: "L-B99A9384",
    what: "concurrent calls of Lambda functions",
    // What the function reserves; AWS keeps a hundred for all others.
    need: { dev: 106, prod: 106 },
    withLambda: true,
  },
  { service: "ec2", code: "L-0263D0A3", what: "elastic addresses", need: { dev: 1, prod: 1 } },
  { service: "vpc", code: "L-F678F1CE", what: "VPCs in the region", need: { dev: 1, prod: 1 } },
  { service: "eks", code: "L-1194D53C", what: "EKS clusters", need: { dev: 1, prod: 1 } },
] as const;

/** What terraform.tfvars may say: Terraform itself would pass over a misspelt setting that has a default. */
const SETTINGS = [
  "settings",
  "account_id",
  "mail_identity",
  "mail_from",
  "mail_feedback_url",
  "console_url",
  "admin_cidr_blocks",
  "admin_role_arns",
  "kafka_sha512",
  "lambda_bundle",
  "accept_unsealed",
  "kafka_tls",
  "image_pull_accounts",
  "registry_account",
  "feed",
  "pages",
  "heartbeat",
] as const;

export interface PreflightOptions {
  readonly environment: Environment;
  readonly root: string;
  readonly rotate: readonly string[];
  readonly roll: Rollable | undefined;
  readonly agrees: (question: string) => boolean;
  readonly say: (line: string) => void;
}

/**
 * Examines everything a deployment needs before anything is changed, and names all that is missing at once.
 *
 * @throws {DeployError} with one line for each missing tool, setting, credential and quota.
 */
export async function preflight(options: PreflightOptions): Promise<Deployment> {
  const { environment, root, say } = options;
  const shell = new Shell(say);
  shell.setEnv("AWS_REGION", REGION);
  shell.setEnv("AWS_PAGER", "");
  const problems: string[] = [];
  const folder = `${root}/infra/environments/${environment}`;

  const present = await checkTools(shell, problems);
  const builder = await findBuilder(shell, problems);
  const values = await readSettings(folder, problems);
  checkFeed({ environment, path: `${folder}/terraform.tfvars`, feed: values.feed, problems });
  const commit = present.has("git") ? await checkSources(shell, root, problems) : "";
  const account = values.account_id ?? "";
  if (present.has("aws") && await checkAccount(shell, account, environment, problems)) {
    await checkQuotas(shell, environment, (values.lambda_bundle ?? "") !== "", problems);
    await checkMail(shell, values.mail_from ?? "", say, problems);
  }
  if (problems.length > 0) {
    throw new DeployError(
      `${problems.length} ${problems.length === 1 ? "thing is" : "things are"} missing:\n${
        problems.map((problem) => `  - ${problem}`).join("\n")
      }`,
      "Nothing was changed. Mend these and run the same command again.",
    );
  }
  return {
    environment,
    root,
    folder,
    account,
    registryAccount: values.registry_account ?? account,
    mailFrom: values.mail_from as string,
    mailIdentity: values.mail_identity ?? values.mail_from as string,
    feed: values.feed as Feed | undefined,
    lambdaBundle: values.lambda_bundle ?? "",
    heartbeat: values.heartbeat ?? "",
    acceptUnsealed: values.accept_unsealed === "true",
    commit,
    builder: builder as string,
    rotate: options.rotate,
    roll: options.roll,
    agrees: options.agrees,
    shell,
    say,
  };
}

async function checkTools(shell: Shell, problems: string[]): Promise<Set<string>> {
  const present = new Set<string>();
  for (const tool of TOOLS) {
    const { code, stdout, stderr } = await shell.try(tool.name, tool.args);
    const wanted = tool.least.join(".");
    if (code === 127) {
      problems.push(`${tool.name} ${wanted} or later is not on PATH: ${tool.from}`);
      continue;
    }
    const version = /(\d+)\.(\d+)/.exec(`${stdout}${stderr}`);
    if (code !== 0 || version === null) {
      problems.push(`${tool.name} does not run: ${(stderr || stdout).trim().split("\n")[0]}`);
      continue;
    }
    const [major, minor] = [Number(version[1]), Number(version[2])];
    if (major < tool.least[0] || major === tool.least[0] && minor < tool.least[1]) {
      problems.push(`${tool.name} is ${version[0]}, but ${wanted} or later is needed: ${tool.from}`);
      continue;
    }
    present.add(tool.name);
  }
  return present;
}

async function findBuilder(shell: Shell, problems: string[]): Promise<string | undefined> {
  for (const name of BUILDERS) {
    if ((await shell.try(name, ["--version"])).code === 0) return name;
  }
  problems.push(`no builder of images is on PATH: ${BUILDERS.join(", ")}, any of them`);
  return undefined;
}

async function readSettings(folder: string, problems: string[]): Promise<Record<string, string>> {
  const path = `${folder}/terraform.tfvars`;
  const text = await Deno.readTextFile(path).catch(() => undefined);
  if (text === undefined) {
    problems.push(`${path} is not there: copy terraform.tfvars.example beside it and fill it in`);
    return {};
  }
  const values = readTfvars(text);
  for (const name of namesOf(text)) {
    if (!(SETTINGS as readonly string[]).includes(name)) {
      problems.push(`${path}: ${name} is no setting; there are ${SETTINGS.slice(1).join(", ")}`);
    }
  }
  if (!/^\d{12}$/.test(values.account_id ?? "")) problems.push(`${path}: account_id must be twelve digits`);
  if (!/^[^@\s]+@[^@\s]+$/.test(values.mail_from ?? "")) {
    problems.push(`${path}: mail_from must be a mail address`);
  }
  return values;
}

/** Prod never runs a made-up market unasked: its alerts would reach real people. */
function checkFeed(
  options: { environment: Environment; path: string; feed: string | undefined; problems: string[] },
): void {
  const { environment, path, feed, problems } = options;
  if (feed === undefined) {
    if (environment === "prod") {
      problems.push(
        `${path}: feed must say where prod's market comes from: "kis", with TICKBELL_KIS_APP_KEYS and ` +
          'TICKBELL_KIS_APP_SECRETS set at the first deployment, or "simulator", whose made-up alerts reach real people',
      );
    }
  } else if (!(FEEDS as readonly string[]).includes(feed)) {
    problems.push(`${path}: feed must be ${FEEDS.join(" or ")}, got ${feed}`);
  }
}

/** Images are named by the commit, so what is built must be what is committed. */
async function checkSources(shell: Shell, root: string, problems: string[]): Promise<string> {
  const commit = await shell.try("git", ["rev-parse", "HEAD"], { cwd: root });
  if (commit.code !== 0) {
    problems.push(`${root} is no Git clone with a commit: images are tagged with it`);
    return "";
  }
  const sources = ["src", "wasm", "scripts", "deno.json", "deno.lock", "Dockerfile", ".dockerignore"];
  const changed = await shell.try("git", ["status", "--porcelain", "--", ...sources], { cwd: root });
  if (changed.stdout.trim() !== "") {
    problems.push(
      `there are changes that are not committed (${
        changed.stdout.trim().split("\n")[0]?.trim()
      }): commit them first`,
    );
  }
  return commit.stdout.trim();
}

async function checkAccount(
  shell: Shell,
  account: string,
  environment: string,
  problems: string[],
): Promise<boolean> {
  const identity = await shell.try("aws", ["sts", "get-caller-identity", "--output", "json"]);
  if (identity.code !== 0) {
    problems.push(
      `no AWS credentials work: ${
        identity.stderr.trim().split("\n").at(-1)
      }; see docs/deployment/first-deployment.md, "Credentials"`,
    );
    return false;
  }
  const found = (JSON.parse(identity.stdout) as { Account: string }).Account;
  if (account !== "" && found !== account) {
    problems.push(
      `the credentials are of account ${found}, but ${environment} is account ${account}: choose another AWS_PROFILE`,
    );
    return false;
  }
  return true;
}

async function checkQuotas(
  shell: Shell,
  environment: Environment,
  withLambda: boolean,
  problems: string[],
): Promise<void> {
  const wanted = QUOTAS.filter((quota) =>
    quota.need[environment] > 0 && (withLambda || !("withLambda" in quota))
  );
  for (const quota of wanted) {
    const answer = await shell.try("aws", [
      "service-quotas",
      "get-service-quota",
      "--service-code",
      quota.service,
      "--quota-code",
      quota.code,
      "--query",
      "Quota.Value",
      "--output",
      "text",
    ]);
    if (answer.code !== 0) {
      problems.push(`the quota of ${quota.what} cannot be read: ${answer.stderr.trim().split("\n").at(-1)}`);
    } else if (Number(answer.stdout) < quota.need[environment]) {
      problems.push(
        `the quota of ${quota.what} is ${Number(answer.stdout)}, but ${
          quota.need[environment]
        } are needed: aws service-quotas ` +
          `request-service-quota-increase --service-code ${quota.service} --quota-code ${quota.code} --desired-value ${
            quota.need[environment]
          }`,
      );
    }
  }
}

async function checkMail(
  shell: Shell,
  mailFrom: string,
  say: (line: string) => void,
  problems: string[],
): Promise<void> {
  const answer = await shell.try("aws", ["sesv2", "get-account", "--output", "json"]);
  if (answer.code !== 0) {
    problems.push(`SES cannot be asked: ${answer.stderr.trim().split("\n").at(-1)}`);
    return;
  }
  if (!(JSON.parse(answer.stdout) as { ProductionAccessEnabled?: boolean }).ProductionAccessEnabled) {
    say(
      `  note: SES is in its sandbox: ${mailFrom} can write to verified addresses only (docs/deployment/first-deployment.md, "Mail")`,
    );
  }
}
