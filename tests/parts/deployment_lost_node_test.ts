/** What a lost node costs, by the clock of a real control plane: its lifecycle controller, its scheduler, the chart's pods. */
import { expect } from "expect";
import { Kubernetes, kubernetesPrograms } from "../support/kubernetes.ts";
import { partTest } from "../support/part.ts";
import { until } from "../support/until.ts";

const CHART = new URL("../../helm/stock-app", import.meta.url).pathname;

const KUBERNETES = {
  part: "A Kubernetes control plane",
  missing: async () => {
    const programs = await kubernetesPrograms();
    return typeof programs === "string" ? programs : undefined;
  },
};

/** Nothing was heard for so long before Kubernetes believes that a node is lost (node-monitor-grace-period, 1.32 and later). */
const GRACE_S = 50;

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

partTest("what ran on a lost node runs on another within a minute and some seconds", KUBERNETES, async () => {
  const programs = await kubernetesPrograms();
  if (typeof programs === "string") throw new Error(programs);
  const kubernetes = await Kubernetes.start(programs);
  try {
    const values = ["--values", `${CHART}/tests/values/new.yaml`, "--set=stream.replicaCount=2"];
    const installed = await kubernetes.run("helm", [
      ...["install", "stock", CHART, "--namespace", "stock", "--create-namespace", ...values],
      ...["--wait", "--timeout", "90s"],
    ]);
    expect(installed.stderr).toBe("");
    // Of one role never all on one node, also where nodes have no zone (a cluster outside a cloud), as here.
    const streams = await pods(kubernetes, "stream");
    expect(new Set(streams.map(({ spec }) => spec.nodeName)).size).toBe(2);
    const [producer] = await pods(kubernetes, "producer");
    const lost = producer?.spec.nodeName as string;
    await kubernetes.lose(lost);
    const began = performance.now();
    const since = () => (performance.now() - began) / 1000;
    await kubernetes.kubectl(
      ...["-n", "stock", "wait", `pod/${producer?.metadata.name}`, "--timeout=120s"],
      "--for=jsonpath={.metadata.deletionTimestamp}",
    );
    const givenUp = since();
    const next = await until(
      async () =>
        (await pods(kubernetes, "producer")).find((pod) => pod.spec.nodeName !== lost && isReady(pod)),
      "a producer on the other node",
      30_000,
    );
    const back = since();
    expect(next.metadata.name).not.toBe(producer?.metadata.name);
    console.log(
      `lost node: given up after ${givenUp.toFixed(1)} s, ready elsewhere after ${back.toFixed(1)} s`,
    );
    // The last sign of life is up to ten seconds before; the controller examines nodes every five. The rest is for a busy machine.
    expect(givenUp).toBeGreaterThan(GRACE_S - 15);
    expect(back).toBeLessThan(GRACE_S + 25);
    // The stream's other pod never stopped.
    expect((await pods(kubernetes, "stream")).some((pod) => pod.spec.nodeName !== lost && isReady(pod))).toBe(
      true,
    );
  } finally {
    await kubernetes.stop();
  }
});

async function pods(kubernetes: Kubernetes, role: string): Promise<readonly Pod[]> {
  const selector = `--selector=app.kubernetes.io/component=${role}`;
  const list = await kubernetes.kubectl("-n", "stock", "get", "pods", selector, "-o", "json");
  return JSON.parse(list).items;
}

function isReady({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined &&
    (status.conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True");
}
