import { expect } from "expect";
import { findProgram, partsFolder, partTest } from "../support/part.ts";
import { together } from "../support/together.ts";

const INFRA = new URL("../../infra", import.meta.url).pathname;
const MODULES = 21;
/** Runs of infra/tests: what is valid, and what is refused. */
const RUNS = 55;

/** Where Terraform is started; each says which provider it takes. */
const ROOTS = ["bootstrap", "environments/dev", "environments/prod"] as const;
const LOCK = ".terraform.lock.hcl";

/** Terraform, and a stand-in of the AWS provider that has its schema and no AWS: names, types and required attributes. */
const TERRAFORM = {
  part: "Terraform with a stand-in of the AWS provider",
  missing: async () => {
    const provider = `${partsFolder()}/tfmirror/registry.terraform.io/hashicorp/aws`;
    const there = await findProgram(`${partsFolder()}/bin/terraform`) !== undefined &&
      await Deno.stat(provider).then(() => true, () => false);
    return there
      ? undefined
      : `${provider} and ${partsFolder()}/bin/terraform are needed: see CONTRIBUTING.md, "Real parts for tests".`;
  },
};

const CHECKOV = {
  part: "checkov",
  missing: async () =>
    await checkov() === undefined
      ? 'checkov is needed: see CONTRIBUTING.md, "Real parts for tests".'
      : undefined,
};

/** What takes long, begun together by the first test that asks, so that it takes one turn on the machine's cores and not four. */
const begun = together({
  modules: async () => {
    await using copy = await Copy.make();
    expect((await copy.terraform(".", "init", "-no-color")).code).toBe(0);
    return (await copy.terraform(".", "test", "-no-color")).text;
  },
  dev: () => applyTwiceAndDestroy("dev"),
  prod: () => applyTwiceAndDestroy("prod"),
  checkov: async () => {
    const { code, stdout } = await new Deno.Command(await checkov() as string, {
      args: ["--directory", INFRA, "--framework", "terraform", "--skip-download", "--quiet", "--compact"],
    }).output();
    return { code, text: new TextDecoder().decode(stdout) };
  },
});

partTest("Terraform's files are formatted, valid, and every module's tests pass", TERRAFORM, async () => {
  const tested = begun("modules");
  await using copy = await Copy.make();
  const formatted = await copy.terraform(".", "fmt", "-check", "-recursive", "-list=true");
  expect(formatted.text.trim()).toBe("");
  for (const folder of ROOTS) {
    expect((await copy.terraform(folder, "init", "-backend=false", "-no-color")).code).toBe(0);
    const valid = await copy.terraform(folder, "validate", "-no-color");
    expect(valid.text).toContain("Success! The configuration is valid.");
  }
  const text = await tested;
  expect(text).toMatch(/Success! \d+ passed, 0 failed\./);
  expect(Number(/(\d+) passed/.exec(text)?.[1])).toBeGreaterThanOrEqual(RUNS);
});

partTest(
  "every root takes the provider that is locked, for every kind of machine, and no other",
  TERRAFORM,
  async () => {
    await using copy = await Copy.make();
    const [lock, ...others] = await Promise.all(
      ROOTS.map((root) => Deno.readTextFile(`${INFRA}/${root}/${LOCK}`)),
    );
    for (const other of others) expect(other).toBe(lock);
    // One of each package that HashiCorp publishes, by its archive and by its content; and the one that lists them.
    expect(lock?.match(/"zh:[0-9a-f]{64}"/g)?.length).toBe(15);
    expect(lock?.match(/"h1:[A-Za-z0-9+/]{43}="/g)?.length).toBe(14);
    // The stand-in is of the same version, and not what was locked.
    await copy.write(`bootstrap/${LOCK}`, lock as string);
    const { code, text } = await copy.terraform("bootstrap", "init", "-backend=false", "-no-color");
    expect(code).toBe(1);
    expect(text.replace(/\s+/g, " ")).toContain("doesn't match any of the checksums previously recorded");
  },
);

partTest("every module has a test, and every variable a type and a description", TERRAFORM, async () => {
  let modules = 0;
  for await (const { name } of Deno.readDir(`${INFRA}/modules`)) {
    modules++;
    const test = await Deno.readTextFile(`${INFRA}/tests/${name}.tftest.hcl`);
    expect(test).toContain(`./modules/${name}`);
    for (const file of ["variables.tf", "outputs.tf"]) {
      const text = await Deno.readTextFile(`${INFRA}/modules/${name}/${file}`);
      for (
        const block of text.split(/^(?=variable |output )/m).filter((part) =>
          /^(variable|output) /.test(part)
        )
      ) {
        expect(block).toMatch(/^ {2}description = (".+"|<<-END\n +\S)/m);
        if (block.startsWith("variable")) expect(block).toMatch(/^ {2}type +=/m);
      }
    }
  }
  expect(modules).toBe(MODULES);
});

for (const environment of ["dev", "prod"] as const) {
  partTest(
    `${environment} is applied, a second plan is empty, and what was made can be destroyed`,
    TERRAFORM,
    async () => {
      const { applied, planned, outputs, resources, destroyed } = await begun(environment);
      expect(applied).toMatch(/Apply complete! Resources: [12]\d\d added, 0 changed, 0 destroyed\./);
      // 0: nothing to do, 1: an error, 2: there are changes.
      expect(planned).toBe(0);
      const { platform } = JSON.parse(outputs);
      expect(platform.value.kafka_bootstrap.split(",").length).toBe(3);
      expect(Object.keys(platform.value.repository_urls).length).toBe(5);
      expect(platform.value.uses_lambda).toBe(environment === "prod");
      checkNothingIsOpen(resources);
      expect(destroyed).toMatch(/Destroy complete! Resources: [12]\d\d destroyed\./);
    },
  );
}

partTest("checkov finds nothing in Terraform that is not explained where it stands", CHECKOV, async () => {
  const { code, text } = await begun("checkov");
  expect(text).toMatch(/Passed checks: \d{3,}, Failed checks: 0/);
  expect(code).toBe(0);
});

/** Applies an environment to the stand-in, plans again, examines what there is, and destroys it. */
async function applyTwiceAndDestroy(environment: string) {
  await using copy = await Copy.make();
  const folder = `environments/${environment}`;
  // dev's cluster mails, prod's Lambda does; any file is a bundle here.
  await copy.prepare(folder, environment === "prod" ? 'lambda_bundle = "main.tf"' : "");
  const terraform = (...words: string[]) => copy.terraform(folder, ...words, "-no-color");
  const applied = (await terraform("apply", "-auto-approve", "-input=false")).text;
  const planned = (await terraform("plan", "-detailed-exitcode", "-input=false")).code;
  const outputs = (await terraform("output", "-json")).text;
  const resources = await copy.state(folder);
  const destroyed = (await terraform("destroy", "-auto-approve", "-input=false")).text;
  return { applied, planned, outputs, resources, destroyed };
}

interface Resource {
  readonly type: string;
  readonly values: Record<string, unknown>;
}

/** No port is open to the world, no disk is in the clear, no instance takes the old metadata service. */
function checkNothingIsOpen(resources: readonly Resource[]): void {
  const of = (type: string) =>
    resources.filter((resource) => resource.type === type).map((resource) => resource.values);
  const ingress = of("aws_vpc_security_group_ingress_rule");
  expect(ingress.length).toBeGreaterThan(5);
  for (const rule of ingress) {
    expect(rule.cidr_ipv4).not.toBe("0.0.0.0/0");
    expect(rule.from_port).not.toBe(22);
  }
  expect(of("aws_instance").length).toBe(5);
  for (const instance of of("aws_instance")) {
    expect((instance.metadata_options as { http_tokens: string }[])[0]?.http_tokens).toBe("required");
    expect((instance.root_block_device as { encrypted: boolean }[])[0]?.encrypted).toBe(true);
    expect(instance.key_name ?? null).toBe(null);
  }
  for (const volume of of("aws_ebs_volume")) expect(volume.encrypted).toBe(true);
  for (const bucket of of("aws_s3_bucket_public_access_block")) {
    expect(bucket.restrict_public_buckets).toBe(true);
  }
  // Secrets have no value in the state.
  expect(of("aws_secretsmanager_secret").length).toBe(12);
  expect(of("aws_secretsmanager_secret_version").length).toBe(0);
}

/** A copy of infra/, so that a test leaves nothing in the tree. */
class Copy implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<Copy> {
    const folder = await Deno.makeTempDir({ prefix: "tickbell-infra-" });
    const copied = await new Deno.Command("cp", { args: ["-R", `${INFRA}/.`, folder] }).output();
    if (!copied.success) throw new Error(new TextDecoder().decode(copied.stderr));
    // They lock the real provider, which the stand-in is not.
    for (const root of ROOTS) await Deno.remove(`${folder}/${root}/${LOCK}`);
    return new Copy(folder);
  }

  async write(path: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.#folder}/${path}`, text);
  }

  /** Settings with one more, and the state in a file instead of S3. */
  async prepare(folder: string, setting: string): Promise<void> {
    const example = await Deno.readTextFile(`${this.#folder}/${folder}/terraform.tfvars.example`);
    await Deno.writeTextFile(
      `${this.#folder}/${folder}/terraform.tfvars`,
      example.replace(/^}/m, `  ${setting}\n}`),
    );
    await Deno.writeTextFile(
      `${this.#folder}/${folder}/state_override.tf`,
      'terraform {\n  backend "local" {}\n}\n',
    );
    expect((await this.terraform(folder, "init", "-no-color")).code).toBe(0);
  }

  async terraform(folder: string, ...args: string[]): Promise<{ code: number; text: string }> {
    const { code, stdout, stderr } = await new Deno.Command(`${partsFolder()}/bin/terraform`, {
      args,
      cwd: `${this.#folder}/${folder}`,
      env: { TF_CLI_CONFIG_FILE: `${partsFolder()}/terraformrc`, AWS_REGION: "ap-northeast-2" },
    }).output();
    const decoder = new TextDecoder();
    return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
  }

  async state(folder: string): Promise<Resource[]> {
    const state = JSON.parse(await Deno.readTextFile(`${this.#folder}/${folder}/terraform.tfstate`)) as {
      resources: { type: string; mode: string; instances: { attributes: Record<string, unknown> }[] }[];
    };
    return state.resources.filter((resource) => resource.mode === "managed").flatMap((resource) =>
      resource.instances.map((instance) => ({ type: resource.type, values: instance.attributes }))
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

function checkov(): Promise<string | undefined> {
  return findProgram(`${partsFolder()}/checkov/bin/checkov`, "checkov");
}
