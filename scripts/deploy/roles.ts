/**
 * Stops all roles and starts them again, scalers included: KEDA starts what somebody only scaled to none, and a
 * HorizontalPodAutoscaler leaves it at none for ever, for the chart says nothing of the pods of a role that is scaled.
 *
 * @module
 */
import { type Deployment, NAMESPACE } from "./deployment.ts";

const PAUSED = "autoscaling.keda.sh/paused-replicas";
const REMEDY = "You must administer the cluster.";

/** No pod of a role is left, and none is made until {@link startRoles}. */
export async function stopRoles(deployment: Deployment): Promise<void> {
  for (const scaled of await scaledObjects(deployment)) {
    const pause = ["-n", NAMESPACE, "annotate", "--overwrite", scaled, `${PAUSED}=0`];
    await deployment.shell.run("kubectl", pause, REMEDY);
  }
  const scale = ["-n", NAMESPACE, "scale", "deployment", "--all", "--replicas=0"];
  await deployment.shell.run("kubectl", scale, REMEDY);
}

/**
 * Gives those that a scaler counts their first pods; the release gives the others theirs.
 *
 * @returns the roles that stood still.
 */
export async function startRoles(deployment: Deployment): Promise<string[]> {
  for (const scaled of await scaledObjects(deployment)) {
    // Whoever was not paused has no such annotation, which is no error.
    await deployment.shell.run("kubectl", ["-n", NAMESPACE, "annotate", scaled, `${PAUSED}-`], REMEDY);
  }
  const started: string[] = [];
  const fewest = await pods(deployment, "hpa", "{.spec.scaleTargetRef.name} {.spec.minReplicas}");
  const now = new Map(await pods(deployment, "deployment", "{.metadata.name} {.spec.replicas}"));
  for (const [role, least] of fewest) {
    if (now.get(role) !== "0") continue;
    const scale = ["-n", NAMESPACE, "scale", `deployment/${role}`, `--replicas=${least}`];
    await deployment.shell.run("kubectl", scale, REMEDY);
    started.push(role);
  }
  return started;
}

/** KEDA's objects; none where there is no KEDA. */
async function scaledObjects(deployment: Deployment): Promise<string[]> {
  const found = await deployment.shell.try("kubectl", [
    "-n",
    NAMESPACE,
    "get",
    "scaledobjects",
    "-o",
    "name",
  ]);
  return found.code === 0 ? found.stdout.split("\n").filter(Boolean) : [];
}

async function pods(deployment: Deployment, kind: string, fields: string): Promise<[string, string][]> {
  const words = ["-n", NAMESPACE, "get", kind, "-o", `jsonpath={range .items[*]}${fields}{"\\n"}{end}`];
  const text = await deployment.shell.run("kubectl", words, REMEDY);
  return text.split("\n").filter(Boolean).map((line) => line.split(" ") as [string, string]);
}
