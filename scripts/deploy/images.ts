import deno from "../../deno.json" with { type: "json" };
import { builderArgs, labelsOf, withStage } from "../publish/image.ts";
import { type Deployment, type Outputs, ROLES } from "./deployment.ts";
import { DeployError } from "./shell.ts";

/** The roles whose image of this commit is not in the registry yet. A tag never moves, so what is there is right. */
export async function missingImages(deployment: Deployment): Promise<string[]> {
  const missing: string[] = [];
  for (const role of ROLES) {
    const answer = await deployment.shell.try("aws", [
      "ecr",
      "describe-images",
      "--repository-name",
      `stock/${role}`,
      "--image-ids",
      `imageTag=${deployment.commit}`,
      "--output",
      "json",
    ]);
    if (answer.code === 0) continue;
    if (!/ImageNotFoundException|RepositoryNotFoundException/.test(answer.stderr)) {
      throw new DeployError(
        `The images of stock/${role} cannot be listed: ${answer.stderr.trim()}`,
        "You need ecr:DescribeImages on the repository.",
      );
    }
    missing.push(role);
  }
  return missing;
}

/** Builds and pushes the images that are missing, one a role. */
export async function buildImages(deployment: Deployment, outputs: Outputs): Promise<string> {
  const missing = await missingImages(deployment);
  if (missing.length === 0) return `all ${ROLES.length} of ${short(deployment)} are in the registry`;
  await logIn(deployment, outputs);
  for (const role of missing) {
    const image = `${repositoryOf(outputs, role)}:${deployment.commit}`;
    await withStage(deployment.root, role, async (file) => {
      await deployment.shell.run(
        deployment.builder,
        [
          "build",
          "--platform=linux/amd64",
          `--file=${file}`,
          ...builderArgs(deployment.builder),
          ...labelsOf({ version: deno.version, revision: deployment.commit }),
          `--tag=${image}`,
          ".",
        ],
        `The build's own message above says why. Try it alone: ${deployment.builder} build --target ${role} .`,
        { cwd: deployment.root, shown: true },
      );
    });
    await deployment.shell.run(
      deployment.builder,
      ["push", image],
      "You need ecr:PutImage on the repository; a log-in to the registry lasts twelve hours.",
      { shown: true },
    );
  }
  return `built and pushed ${missing.join(", ")} of ${short(deployment)}`;
}

async function logIn(deployment: Deployment, outputs: Outputs): Promise<void> {
  const registry = repositoryOf(outputs, ROLES[0]).split("/")[0] as string;
  const password = await deployment.shell.run(
    "aws",
    ["ecr", "get-login-password"],
    "You need ecr:GetAuthorizationToken.",
  );
  await deployment.shell.run(
    deployment.builder,
    ["login", "--username", "AWS", "--password-stdin", registry],
    "Is the builder's service running?",
    { input: password },
  );
}

function repositoryOf(outputs: Outputs, role: string): string {
  const url = outputs.repository_urls[`stock/${role}`];
  if (url === undefined) {
    throw new DeployError(`Terraform made no repository stock/${role}`, "Look at infra/modules/ecr.");
  }
  return url;
}

function short(deployment: Deployment): string {
  return deployment.commit.slice(0, 12);
}
