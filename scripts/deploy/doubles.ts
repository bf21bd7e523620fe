/**
 * Stand-ins for terraform, aws, docker, kubectl, helm, git and openssl, for tests: they write down how they were called and keep what
 * they were asked to make, so that a second deployment finds it. Written in shell because a deployment calls them fifty times.
 *
 * @module
 */

/** Where the stand-ins live and what they remember. */
export interface Doubles {
  /** Goes in front of PATH. */
  readonly bin: string;
  /** Every call, "program arg arg", in order. */
  calls(): Promise<string[]>;
  /** What was sent to standard input, by the first words of the call. */
  inputs(): Promise<string>;
  /** Forgets the calls, not what was made. */
  forget(): Promise<void>;
}

/** How a stand-in is to fail: the beginning of a call, and what it then says. */
export interface Failure {
  readonly call: string;
  readonly says: string;
}

/** Writes the stand-ins into a folder. `without` leaves programs out. */
export async function writeDoubles(
  folder: string,
  options: { failure?: Failure; without?: readonly string[]; answers?: Readonly<Record<string, string>> } =
    {},
): Promise<Doubles> {
  const bin = `${folder}/bin`;
  await Deno.mkdir(bin, { recursive: true });
  await Deno.mkdir(`${folder}/made`, { recursive: true });
  await Deno.writeTextFile(`${folder}/calls`, "");
  await Deno.writeTextFile(`${folder}/inputs`, "");
  await Deno.writeTextFile(`${folder}/control.ts`, CONTROL);
  for (const program of ["terraform", "aws", "docker", "kubectl", "helm", "git", "openssl"]) {
    if (options.without?.includes(program)) continue;
    await Deno.writeTextFile(`${bin}/${program}`, double(program, folder, options), { mode: 0o755 });
  }
  const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
  return {
    bin,
    calls: async () => (await read("calls")).trim().split("\n").filter(Boolean),
    inputs: () => read("inputs"),
    forget: async () => {
      await Deno.writeTextFile(`${folder}/calls`, "");
      await Deno.writeTextFile(`${folder}/inputs`, "");
    },
  };
}

function double(
  program: string,
  folder: string,
  options: { failure?: Failure; answers?: Readonly<Record<string, string>> },
): string {
  const failure = options.failure === undefined
    ? ""
    : `case "$call" in "${options.failure.call}"*) echo '${options.failure.says}' >&2; exit 1;; esac`;
  const answers = Object.entries(options.answers ?? {})
    .map(([call, text]) => `case "$call" in "${call}"*) echo '${text}'; exit 0;; esac`).join("\n");
  return `#!/bin/bash
made='${folder}/made'
call="${program} $*"
printf '%s\\n' "$call" >> '${folder}/calls'
take() { { printf '%s\\n' "## $call"; cat; echo; } >> '${folder}/inputs'; }
${failure}
${answers}
case "$call" in
${CASES.replaceAll("@DENO@", Deno.execPath()).replaceAll("@FOLDER@", folder)}
esac
exit 0
`;
}

const ROLES = ["producer", "stream", "consumer", "notifier", "control"];
const ACCOUNT = "123456789012";
const SECRETS = [
  "influxdb",
  "kis",
  "api",
  "webhook",
  "links",
  "log",
  "grafana",
  "jenkins",
  "kafka",
  "kafka-authority",
  "kafka-lambda",
  "kafka-root",
];

/** What `terraform output` answers. */
export const PLATFORM = {
  cluster_name: "stock",
  kafka_bootstrap: "10.100.100.11:9092,10.100.100.12:9092,10.100.100.13:9092",
  influxdb_url: "http://10.100.200.10:8086",
  repository_urls: Object.fromEntries(
    ROLES.map((role) => [`stock/${role}`, `${ACCOUNT}.dkr.ecr.ap-northeast-2.amazonaws.com/stock/${role}`]),
  ),
  secret_arns: Object.fromEntries(SECRETS.map((name) => [name, `arn:secret:stock/${name}`])),
  uses_lambda: false,
  dkim_tokens: ["token1"],
  mail_feedback_topic: "arn:aws:sns:ap-northeast-2:123456789012:stock-mail-feedback",
  ledger_table: null,
  console_url: "https://tickbell.example.com",
  kafka_tls: true,
  kafka_nodes: {
    "kafka-instance-1": "10.100.100.11",
    "kafka-instance-2": "10.100.100.12",
    "kafka-instance-3": "10.100.100.13",
  },
  instance_ids: Object.fromEntries(
    ["kafka-instance-1", "kafka-instance-2", "kafka-instance-3", "database-instance", "nat-instance"]
      .map((name) => [name, `i-${name}`]),
  ),
  pages_topic: "arn:aws:sns:ap-northeast-2:123456789012:stock-pages",
  pages_receivers: 1,
};
const OUTPUTS = JSON.stringify({ platform: { value: PLATFORM } });

const CASES = `
"terraform version"*) echo 'Terraform v1.15.0';;
"terraform apply"*var=account_id*) touch "$made/bucket";;
"terraform plan"*-out=*) touch "\${call##*-out=}";;
"terraform output"*) echo '${OUTPUTS}';;
"aws --version"*) echo 'aws-cli/2.31.0 Python/3.13';;
"aws sts get-caller-identity"*) echo '{"Account":"${ACCOUNT}"}';;
"aws service-quotas"*) echo 64.0;;
"aws sesv2 get-email-identity"*) [ -e "$made/identity" ] || { echo 'An error occurred (NotFoundException)' >&2; exit 254; };;
"aws sesv2 get-account"*) echo '{"ProductionAccessEnabled":false}';;
"aws s3api head-bucket"*) [ -e "$made/bucket" ] || { echo 'An error occurred (404) when calling HeadBucket: Not Found' >&2; exit 254; };;
"aws secretsmanager get-secret-value"*) name="\${call#*stock/}"; name="\${name%% *}"
  cat "$made/secret-$name" 2>/dev/null || { echo 'An error occurred (ResourceNotFoundException)' >&2; exit 254; };;
"aws secretsmanager put-secret-value"*) name="\${call#*stock/}"; name="\${name%% *}"; text=$(cat)
  # As InfluxDB's instance does: it adds a token for each that uses the prices.
  [ "$name" != influxdb ] || for user in setup consumer control reader; do text="\${text%\\}},\\"$user\\":\\"token-of-$user\\"}"; done
  printf '%s' "$text" > "$made/secret-$name";;
"aws ssm send-command"*) echo "\${call#*--instance-ids }" > "$made/command"; echo command-1;;
"aws ssm get-command-invocation"*) case "$(cat "$made/command")" in
  *'influxdb-rotate"'*) said='old tokens: 0a1b,0a1c';;
  *) said=;; esac
  printf '{"Status":"Success","ResponseCode":0,"StandardOutputContent":"%s","StandardErrorContent":""}' "$said";;
"openssl version"*) echo 'OpenSSL 3.0.17';;
"openssl req -x509"*) out="\${call#*-out }"; key="\${call#*-keyout }"
  echo '-----BEGIN CERTIFICATE----- authority' > "\${out%% *}"; echo '-----BEGIN PRIVATE KEY----- authority' > "\${key%% *}";;
"openssl req"*) key="\${call#*-keyout }"; echo '-----BEGIN PRIVATE KEY----- node' > "\${key%% *}";;
"openssl x509 -req"*) out="\${call##*-out }"; echo '-----BEGIN CERTIFICATE----- node' > "\${out%% *}";;
"aws ecr describe-images"*) role="\${call#*stock/}"; role="\${role%% *}"
  [ -e "$made/image-$role" ] || { echo 'An error occurred (ImageNotFoundException)' >&2; exit 254; };;
"aws ecr get-login-password"*) echo password-of-the-registry;;
"docker --version"*) echo 'Docker version 29';;
"docker login"*) take;;
"docker push"*) role="\${call#*stock/}"; touch "$made/image-\${role%%:*}";;
"kubectl version"*) echo 'Client Version: v1.35.2';;
"kubectl "*" port-forward "*) port="\${call##* }"; exec '@DENO@' run --quiet --allow-net=127.0.0.1 '@FOLDER@/control.ts' "\${port%%:*}";;
"terraform show"*-json*) cat "$made/plan.json" 2>/dev/null || echo '{}';;
"kubectl "*" -f -") take;;
"helm version"*) echo 'v4.1.4+g05fa379';;
"helm template"*) printf 'kind: Deployment\\nkind: Service\\n';;
"git --version"*) echo 'git version 2.47.0';;
"git rev-parse"*) echo 0123456789abcdef0123456789abcdef01234567;;
"git remote"*) echo https://example.com/tickbell.git;;`;

/** A control API whose rules fire at once and are mailed, with prices; Grafana with its dashboards; Alertmanager. */
const CONTROL = `
const rules: string[] = [];
let pages = 0;
Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.args[0]), onListen: () => {} }, async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/readyz") return new Response("ready");
  if (pathname === "/metrics") return new Response('alertmanager_notification_requests_total{integration="sns"} ' + pages + '\\n');
  if (pathname === "/api/v2/alerts") return new Response(String(++pages));
  if (pathname === "/api/search") return Response.json([{ title: "Stock" }, { title: "Operations" }]);
  if (request.headers.get("authorization")?.length !== "Bearer ".length + 64) return new Response("no", { status: 401 });
  if (pathname === "/v1/market/last") return Response.json({ data: [{ symbol: "000660", eventTime: Date.now() }] });
  if (pathname === "/v1/rules" && request.method === "POST") {
    rules.push((await request.json()).id);
    return Response.json({}, { status: 201 });
  }
  if (pathname === "/v1/alerts") return Response.json({ data: rules.map((ruleId) => ({ id: ruleId + "@0", ruleId })) });
  if (pathname.startsWith("/v1/alerts/")) return Response.json({ deliveries: [{ state: "sent" }] });
  if (pathname.endsWith("/candles")) return Response.json({ data: [{}] });
  return new Response(null, { status: 204 });
});
`;
