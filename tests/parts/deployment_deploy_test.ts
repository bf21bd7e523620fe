import { expect } from "expect";
import { writeDoubles } from "../../scripts/deploy/doubles.ts";
import { missingTerraform } from "../support/instance.ts";
import { Kubernetes, kubernetesPrograms } from "../support/kubernetes.ts";
import { partsFolder, partTest } from "../support/part.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

const PARTS = {
  part: "Terraform and a Kubernetes control plane",
  missing: async () => {
    const programs = await kubernetesPrograms();
    return await missingTerraform() ?? (typeof programs === "string" ? programs : undefined);
  },
};

partTest(
  "deploy, deploy again and destroy with real Terraform, Helm and Kubernetes; AWS and Docker stood in",
  PARTS,
  async (t) => {
    const programs = await kubernetesPrograms();
    if (typeof programs === "string") throw new Error(programs);
    const folder = await Deno.makeTempDir({ prefix: "tickbell-deploy-real-" });
    const kubernetes = await Kubernetes.start(programs);
    try {
      const path = await makeProject(folder, kubernetes, programs);
      const run = async (script: string, ...words: string[]) => {
        const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
          args: [
            "run",
            "--quiet",
            "--no-check",
            "--allow-read",
            "--allow-write",
            "--allow-run",
            "--allow-env",
            "--allow-net=127.0.0.1",
            `${ROOT}scripts/${script}`,
            "--root",
            `${folder}/project`,
            ...words,
          ],
          env: { PATH: path },
          stdin: "null",
        }).output();
        return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
      };
      const get = (...args: string[]) => kubernetes.kubectl("get", ...args);

      await t.step("an empty account is deployed until an alert comes", async () => {
        const { code, said } = await run("deploy.ts", "--env", "dev");
        expect({ code, said: code === 0 ? "" : said.slice(-3_000) }).toEqual({ code: 0, said: "" });
        expect(said).toMatch(/Apply complete! Resources: [12]\d\d added, 0 changed, 0 destroyed/);
        expect(said).toMatch(/fired [\d.]+ s after it was posted/);
        const images = await get(
          "deployments",
          "-n",
          "stock",
          "-o",
          "jsonpath={.items[*].spec.template.spec.containers[0].image}",
        );
        expect(images.split(" ").length).toBe(5);
        for (const image of images.split(" ")) {
          expect(image).toMatch(
            /^123456789012\.dkr\.ecr\.ap-northeast-2\.amazonaws\.com\/stock\/\w+:0123456789abcdef/,
          );
        }
        expect(await get("deployments", "-n", "stock", "-o", "jsonpath={.items[*].status.readyReplicas}"))
          .toBe("1 1 1 1 1");
        expect(
          await get("deployment", "grafana", "-n", "monitoring", "-o", "jsonpath={.status.readyReplicas}"),
        ).toBe("1");
        expect(await get("deployment", "jenkins", "-n", "jenkins", "-o", "name")).toContain("jenkins");
      });

      await t.step("a second deployment changes nothing in AWS and rolls no pod", async () => {
        const before = await get("pods", "-n", "stock", "-l", "app.kubernetes.io/name=stream", "-o", "name");
        const { code, said } = await run("deploy.ts", "--env", "dev");
        expect({ code, said: code === 0 ? "" : said.slice(-3_000) }).toEqual({ code: 0, said: "" });
        expect(said).toContain("Resources: 0 added, 0 changed, 0 destroyed");
        expect(said).toContain("all have their values");
        expect(await get("pods", "-n", "stock", "-l", "app.kubernetes.io/name=stream", "-o", "name")).toBe(
          before,
        );
      });

      await t.step("values that do not fit the chart are named before anything is changed", async () => {
        const values = `${folder}/project/infra/environments/dev/values.yaml`;
        const good = await Deno.readTextFile(values);
        await Deno.writeTextFile(values, `${good}stream:\n  replicas: 2\n`);
        const { code, said } = await run("deploy.ts", "--env", "dev");
        expect(code).toBe(1);
        expect(said).toContain("FAILED at chart: ");
        expect(said).toContain("additional properties 'replicas' not allowed");
        expect(said).not.toContain("$ terraform");
        expect(said).toContain("What to do: ");
        await Deno.writeTextFile(values, good);
      });

      await t.step("dev is destroyed", async () => {
        const { code, said } = await run("destroy.ts", "--env", "dev", "--yes");
        expect(said).toMatch(/Destroy complete! Resources: [12]\d\d destroyed/);
        expect(code).toBe(0);
        expect(await get("deployments", "-n", "stock", "-o", "name")).toBe("");
        expect(await get("persistentvolumeclaims", "--all-namespaces", "-o", "name")).toBe("");
      });
    } finally {
      await kubernetes.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** A copy of what is deployed, disks for what asks for them, and a PATH with real programs and stand-ins. */
async function makeProject(
  folder: string,
  kubernetes: Kubernetes,
  programs: { kubectl: string; helm: string },
): Promise<string> {
  const project = `${folder}/project`;
  await Deno.mkdir(project);
  const copied = await new Deno.Command("cp", {
    args: ["-R", `${ROOT}infra`, `${ROOT}helm`, `${ROOT}Dockerfile`, project],
  }).output();
  if (!copied.success) throw new Error(new TextDecoder().decode(copied.stderr));
  const dev = `${project}/infra/environments/dev`;
  await Deno.rename(`${dev}/terraform.tfvars.example`, `${dev}/terraform.tfvars`);
  // They lock the real provider, which the stand-in is not.
  for (const root of ["bootstrap", "environments/dev"]) {
    await Deno.remove(`${project}/infra/${root}/.terraform.lock.hcl`);
  }
  await Deno.writeTextFile(`${dev}/state_override.tf`, 'terraform {\n  backend "local" {}\n}\n');
  const disks = ["10Gi", "20Gi"].map((storage, index) => ({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `disk-${index}` },
    spec: {
      capacity: { storage },
      accessModes: ["ReadWriteOnce"],
      // The class that the deployment makes the default: a claim without one gets it.
      storageClassName: "gp3",
      hostPath: { path: `/disk-${index}` },
    },
  }));
  const made = await kubernetes.run(
    "kubectl",
    ["apply", "-f", "-"],
    JSON.stringify({ apiVersion: "v1", kind: "List", items: disks }),
  );
  if (made.code !== 0) throw new Error(made.stderr);

  const doubles = await writeDoubles(`${folder}/doubles`, { without: ["terraform", "helm"] });
  const real = `${folder}/real`;
  await Deno.mkdir(real);
  const write = (name: string, body: string) =>
    Deno.writeTextFile(`${real}/${name}`, `#!/bin/bash\n${body}\n`, { mode: 0o755 });
  // The state is in a file here, so what is said about the bucket is left out.
  await write(
    "terraform",
    `case "$*" in *var=account_id*) touch '${folder}/doubles/made/bucket';; esac
words=(); for word in "$@"; do case "$word" in -backend-config=*) ;; *) words+=("$word");; esac; done
export TF_CLI_CONFIG_FILE='${partsFolder()}/terraformrc'
# The provider's double names a topic as no topic is named, and the chart takes none but topics.
if [ "$1" = output ]; then
  set -o pipefail; '${partsFolder()}/bin/terraform' "\${words[@]}" | sed 's#:sns_topic/#:#g'; exit
fi
exec '${partsFolder()}/bin/terraform' "\${words[@]}"`,
  );
  await write("helm", `exec '${programs.helm}' "$@"`);
  await write(
    "kubectl",
    `case "$*" in *port-forward*) exec '${doubles.bin}/kubectl' "$@";; *) exec '${programs.kubectl}' "$@";; esac`,
  );
  await write(
    "aws",
    `key() { while [ "$1" != --secret-id ]; do shift; done; printf '%s' "$2" | md5sum | cut -c1-16; }
case "$1 $2" in
"eks update-kubeconfig") cp '${kubernetes.kubeconfig}' "\${@: -1}";;
"secretsmanager get-secret-value") cat "${folder}/secret-$(key "$@")" 2>/dev/null || { echo ResourceNotFoundException >&2; exit 254; };;
"secretsmanager put-secret-value") text=$(cat)
  # As InfluxDB's instance does, whose secret alone has a token: it adds one that reads.
  case "$text" in *'"token":'*) text="\${text%\\}},\\"reader\\":\\"reads-only\\"}";; esac
  printf '%s' "$text" > "${folder}/secret-$(key "$@")";;
*) exec '${doubles.bin}/aws' "$@";;
esac`,
  );
  return `${real}:${doubles.bin}:${Deno.env.get("PATH")}`;
}
