import { expect } from "expect";
import { parse } from "yaml";
import { findProgram, partsFolder, partTest } from "../support/part.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const ROLES = ["producer", "stream", "consumer", "notifier", "control"];

const JENKINS = {
  part: "Groovy",
  missing: async () => {
    const java = await findProgram("java");
    const jar = await findProgram(`${partsFolder()}/groovy/groovy-all-2.4.21.jar`);
    return java !== undefined && jar !== undefined
      ? undefined
      : "Install Java and Maven, then: mvn -q -B -f tests/support/jenkins/pom.xml dependency:copy-dependencies -DoutputDirectory=" +
        `${partsFolder()}/groovy`;
  },
};

/** As cosign names the key of the account whose registry it is. */
const KEY = "awskms:///arn:aws:kms:ap-northeast-2:123456789012:alias/stock-images";

interface Event {
  readonly event: string;
  readonly stage?: string;
  readonly text?: string;
  readonly message?: string;
  readonly channel?: string;
  readonly result?: string;
}

interface Build {
  readonly events: readonly Event[];
  /** What deno, kaniko, cosign, kubectl and helm were called with, in order. */
  readonly calls: readonly string[];
  readonly result: string | undefined;
  readonly head: string;
}

partTest(
  "a source change on develop is tested, built for every role, and rolled out to dev",
  JENKINS,
  async () => {
    const build = await run({
      branch: "refs/heads/develop",
      name: "docs/a.md, src/roles/producer/producer.ts",
    });
    expect(build.result).toBe("SUCCESS");
    expect(stagesOf(build)).toEqual([
      "Prepare",
      "Set Environment",
      "Verify Environment",
      "Checkout",
      "Test",
      "Build Image",
      "Deploy",
    ]);
    expect(build.calls.slice(0, 4)).toEqual([
      "deno task check",
      "deno task audit",
      "deno task test",
      "deno task sbom",
    ]);
    const pushed = build.calls.filter((call) => call.startsWith("kaniko"));
    expect(pushed.length).toBe(ROLES.length);
    for (const role of ROLES) {
      const image = `123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/stock/${role}:${build.head}`;
      expect(pushed.some((call) => call.includes(`--target=${role} --destination=${image} `))).toBe(true);
      expect(build.calls).toContain(
        `kubectl apply --server-side --field-manager=jenkins --force-conflicts -f - | image: "${image}"`,
      );
      expect(build.calls).toContain(`kubectl -n stock rollout status deployment/${role} --timeout=300s`);
      const deployed = build.calls.findIndex((call) =>
        call.startsWith("kubectl apply") && call.includes(image)
      );
      expect(build.calls[deployed - 1]).toBe(
        `cosign verify --key ${KEY} --insecure-ignore-tlog=true ${image}`,
      );
    }
    expect(build.events.some((event) => event.event === "slack")).toBe(false);
  },
);

partTest("a change of docs ends quietly, with nothing built and nobody notified", JENKINS, async () => {
  const build = await run({ branch: "refs/heads/develop", name: "README.md,docs/deployment/costs.md" });
  expect(build.result).toBe("NOT_BUILT");
  expect(stagesOf(build)).toEqual(["Prepare", "Set Environment", "Verify Environment"]);
  expect(build.calls).toEqual([]);
  expect(build.events.some((event) => event.event === "slack")).toBe(false);
});

partTest("main is upgraded with Helm to the images that develop tested", JENKINS, async () => {
  const build = await run({ branch: "refs/heads/main", name: "src/a.ts" }, { merge: true });
  expect(build.result).toBe("SUCCESS");
  expect(stagesOf(build)).toEqual(["Prepare", "Set Environment", "Verify Environment", "Checkout", "Deploy"]);
  expect(build.calls.slice(0, -1)).toEqual(
    ROLES.map((role) => expect.stringMatching(new RegExp(`^cosign verify .*/stock/${role}:${build.head}$`))),
  );
  expect(build.calls.at(-1)).toContain("helm upgrade stock helm/stock-app --namespace stock");
  expect(build.calls.at(-1)).toContain(
    `--set-string global.image.tag=${build.head} --set-string global.ecrNumber=123456789012 --rollback-on-failure`,
  );
});

partTest(
  "an image that nobody signed is signed once, and one without our signature is not deployed",
  JENKINS,
  async () => {
    const unsigned = await run({ branch: "refs/heads/develop", name: "src/a.ts" }, {
      failing: "cosign verify ",
    });
    const signing = unsigned.calls.filter((call) => call.startsWith("cosign sign"));
    expect(signing.length).toBe(ROLES.length);
    expect(signing[0]).toContain(`--key ${KEY} --tlog-upload=false`);
    // The stand-in goes on saying that nothing is signed.
    expect(unsigned.result).toBe("FAILURE");
    expect(unsigned.calls.some((call) => call.startsWith("kubectl apply"))).toBe(false);
    const main = await run({ branch: "refs/heads/main", name: "src/a.ts" }, { failing: "cosign verify " });
    expect(main.result).toBe("FAILURE");
    expect(main.calls.some((call) => call.startsWith("helm"))).toBe(false);
  },
);

partTest("a merge whose sources nobody tested is not deployed", JENKINS, async () => {
  const build = await run({ branch: "refs/heads/main", name: "src/a.ts" }, {
    merge: true,
    changedInMerge: true,
  });
  expect(build.result).toBe("FAILURE");
  expect(build.calls).toEqual([]);
  expect(slackOf(build)).toEqual(["Stage Checkout failed in build 7 of stock: https://jenkins/job/stock/7/"]);
});

partTest("a chart change deploys main and leaves develop alone", JENKINS, async () => {
  const main = await run({ branch: "refs/heads/main", name: "helm/stock-app/values.yaml" });
  expect(main.result).toBe("SUCCESS");
  const develop = await run({ branch: "refs/heads/develop", name: "helm/stock-app/values.yaml" });
  expect(develop.result).toBe("NOT_BUILT");
});

partTest(
  "a failing stage ends the build and is reported to Slack with its name and the build's number",
  JENKINS,
  async () => {
    const failing: readonly [string, string, number][] = [
      ["Test", "deno", 1],
      ["Build Image", "kaniko", 5],
      ["Deploy", "kubectl apply", 22],
    ];
    for (const [stage, program, calls] of failing) {
      const build = await run({ branch: "refs/heads/develop", name: "src/a.ts" }, { failing: program });
      expect(build.result).toBe("FAILURE");
      expect(slackOf(build)).toEqual([
        `Stage ${stage} failed in build 7 of stock: https://jenkins/job/stock/7/`,
      ]);
      expect(build.events.find((event) => event.event === "slack")?.channel).toBe("#stock-project");
      expect(stagesOf(build).at(-1)).toBe(stage);
      expect(build.calls.length).toBeLessThanOrEqual(calls + 1);
    }
  },
);

partTest("a role that does not come up on develop goes back to its earlier image", JENKINS, async () => {
  const build = await run({ branch: "refs/heads/develop", name: "src/a.ts" }, {
    failing: "kubectl -n stock rollout status",
  });
  expect(build.result).toBe("FAILURE");
  expect(build.calls.at(-1)).toBe("kubectl -n stock rollout undo deployment/producer");
});

partTest("hostile parameters are refused before any shell or agent sees them", JENKINS, async () => {
  const good = { branch: "refs/heads/develop", name: "src/a.ts", ecr_number: "123456789012" };
  const hostile: readonly Partial<typeof good>[] = [
    { branch: "refs/heads/develop; touch OWNED" },
    { branch: "refs/heads/$(touch OWNED)" },
    { branch: "refs/heads/develop\ntouch OWNED" },
    { branch: "develop" },
    { branch: "refs/heads/feature" },
    { branch: "" },
    { name: "src/`touch OWNED`" },
    { name: "src/a.ts'; touch OWNED; '" },
    { name: "src/a.ts\n" },
    { name: "x".repeat(100_000) },
    { ecr_number: "123456789012/evil.example.com" },
    { ecr_number: "12345" },
  ];
  await Promise.all(hostile.map(async (parameters) => {
    const build = await run({ ...good, ...parameters });
    expect(build.result).toBe("FAILURE");
    expect(build.calls).toEqual([]);
    expect(build.events.some((event) => event.event === "sh" || event.event === "checkout")).toBe(false);
    expect(slackOf(build)).toEqual([
      "Stage Prepare failed in build 7 of stock: https://jenkins/job/stock/7/",
    ]);
    expect(JSON.stringify(build.events)).not.toContain("OWNED");
  }));
});

/** Runs the Jenkinsfile in a fresh clone with stand-ins for the programs of the agents. */
async function run(
  parameters: { branch?: string; name?: string; ecr_number?: string },
  options: { merge?: boolean; changedInMerge?: boolean; failing?: string } = {},
): Promise<Build> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-jenkins-" });
  try {
    const head = await makeClone(`${folder}/clone`, options);
    const calls = `${folder}/calls`;
    await Deno.writeTextFile(calls, "");
    await Deno.mkdir(`${folder}/bin`);
    for (const program of ["deno", "kaniko", "kubectl", "helm", "cosign"]) {
      await Deno.writeTextFile(
        `${folder}/bin/${program}`,
        standIn(program, calls, options.failing ?? "none"),
        { mode: 0o755 },
      );
    }
    const given = {
      params: { branch: "refs/heads/develop", name: "", ecr_number: "123456789012", ...parameters },
      env: {
        BUILD_NUMBER: "7",
        JOB_NAME: "stock",
        BUILD_URL: "https://jenkins/job/stock/7/",
        PATH: `${folder}/bin:${Deno.env.get("PATH")}`,
        KANIKO: `${folder}/bin/kaniko`,
      },
    };
    const containers = await containersOfAgent();
    await Deno.writeTextFile(`${folder}/given.json`, JSON.stringify({ ...given, containers }));
    // Jenkins's own container makes the workspace: it is user 1000's.
    if (Deno.uid() === 0) await owned(folder, 1000);
    const output = await new Deno.Command("java", {
      args: [
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Xshare:auto",
        "-cp",
        `${partsFolder()}/groovy/*`,
        "groovy.ui.GroovyMain",
        `${ROOT}tests/support/jenkins/run.groovy`,
        `${ROOT}Jenkinsfile`,
        `${folder}/given.json`,
      ],
      cwd: `${folder}/clone`,
      stdout: "piped",
      stderr: "piped",
    }).output();
    const events = new TextDecoder().decode(output.stdout).trim().split("\n").map((line) =>
      JSON.parse(line) as Event
    );
    const result = events.find((event) => event.event === "result")?.result;
    if (result === undefined) throw new Error(new TextDecoder().decode(output.stderr));
    return {
      events,
      calls: (await Deno.readTextFile(calls)).trim().split("\n").filter(Boolean),
      result,
      head,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** For each container of the agent's pod the words that make a command its user, with its rights; none where this is not root. */
async function containersOfAgent(): Promise<Record<string, string[]>> {
  if (Deno.uid() !== 0) return {};
  const { spec } = parse(await Deno.readTextFile(`${ROOT}infra/jenkins/agent.yaml`)) as { spec: AgentPod };
  const own: AgentPod["containers"][number] = {
    name: "jnlp",
    securityContext: { capabilities: { drop: ["ALL"] } },
  };
  return Object.fromEntries([own, ...spec.containers].map(({ name, securityContext }) => {
    const user = securityContext?.runAsUser ?? spec.securityContext?.runAsUser ?? 0;
    const none = securityContext?.capabilities?.drop?.includes("ALL");
    const rights = none ? ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"] : [];
    return [name, ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups", ...rights]];
  }));
}

interface AgentPod {
  readonly securityContext?: { readonly runAsUser?: number };
  readonly containers: readonly {
    readonly name: string;
    readonly securityContext?: {
      readonly runAsUser?: number;
      readonly capabilities?: { readonly drop?: readonly string[] };
    };
  }[];
}

async function owned(path: string, user: number): Promise<void> {
  await Deno.chown(path, user, user);
  if (!(await Deno.lstat(path)).isDirectory) return;
  for await (const { name } of Deno.readDir(path)) await owned(`${path}/${name}`, user);
}

/** Writes down its arguments (and the image line of its input); fails when they begin as `failing` says. */
function standIn(program: string, calls: string, failing: string): string {
  return `#!/bin/bash
input=""
[ "\${!#}" = - ] && input=" | $(grep -o 'image: .*')"
line="${program} $*$input"
printf '%s\\n' "$line" >> '${calls}'
case "$line" in "${failing}"*) exit 1;; esac
[ "$line" != "deno task sbom" ] || echo '{}' > sbom.cdx.json
exit 0
`;
}

/**
 * A clone with the sources the pipeline examines.
 *
 * @returns the commit whose image is to be used.
 */
async function makeClone(
  folder: string,
  options: { merge?: boolean; changedInMerge?: boolean },
): Promise<string> {
  await Deno.mkdir(`${folder}/src`, { recursive: true });
  await Deno.mkdir(`${folder}/infra/jenkins`, { recursive: true });
  for await (const entry of Deno.readDir(`${ROOT}infra/jenkins`)) {
    if (entry.isFile) {
      await Deno.copyFile(`${ROOT}infra/jenkins/${entry.name}`, `${folder}/infra/jenkins/${entry.name}`);
    }
  }
  const git = (...args: string[]) => gitIn(folder, args);
  const commit = async (text: string) => {
    await Deno.writeTextFile(`${folder}/src/a.ts`, text);
    await git("add", ".");
    await git("commit", "-q", "-m", "a change");
    return await git("rev-parse", "HEAD");
  };
  await git("init", "-q", "-b", "main");
  const first = await commit("1\n");
  if (!options.merge) return first;
  await git("checkout", "-q", "-b", "develop");
  const developed = await commit("2\n");
  await git("checkout", "-q", "main");
  await git("merge", "-q", "--no-ff", "--no-commit", "develop");
  if (options.changedInMerge) await Deno.writeTextFile(`${folder}/src/a.ts`, "3\n");
  await git("add", ".");
  await git("commit", "-q", "-m", "Merge develop");
  return developed;
}

async function gitIn(folder: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args],
    cwd: folder,
  }).output();
  if (!success) throw new Error(`git ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).trim();
}

function stagesOf(build: Build): string[] {
  return build.events.filter((event) => event.event === "stage").map((event) => event.stage ?? "");
}

function slackOf(build: Build): string[] {
  return build.events.filter((event) => event.event === "slack").map((event) => event.message ?? "");
}
