import { DeployError } from "./shell.ts";
import { within } from "./within.ts";

/**
 * Rings the receivers once, with words that say that it is a test.
 *
 * @throws {DeployError} when their topic does not take it.
 */
export async function seePage(
  url: string,
  waits: { readonly api: number; readonly page: number },
): Promise<string> {
  const remedy =
    "Nobody would be called. See why: kubectl -n monitoring logs deployment/alertmanager. Mail addresses confirm once, by AWS's own mail.";
  const before = await within(waits.api, () => notifications(url));
  if (before === undefined) throw new DeployError("Alertmanager did not answer", remedy);
  const now = Date.now();
  const alert = {
    labels: { alertname: "TickbellDeploymentTest", severity: "warning", at: new Date(now).toISOString() },
    annotations: {
      summary: "A test: Tickbell was deployed, and pages reach you.",
      description: "Nothing is wrong.",
    },
    endsAt: new Date(now + 120_000).toISOString(),
  };
  const posted = await fetch(`${url}/api/v2/alerts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify([alert]),
  });
  await posted.body?.cancel();
  const taken = await within(waits.page, async () => {
    const now = await notifications(url);
    return now !== undefined && now > before ? true : undefined;
  });
  if (taken === undefined) {
    throw new DeployError(`The test page was not taken within ${waits.page / 1000} s`, remedy);
  }
  return "a test page was taken by the receivers' topic";
}

/** How many calls of Alertmanager's to its receivers were taken. */
async function notifications(url: string): Promise<number | undefined> {
  const answer = await fetch(`${url}/metrics`).catch(() => undefined);
  if (answer?.ok !== true) return undefined;
  const text = await answer.text();
  // The heartbeat's calls are no pages.
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}\\{[^}]*integration="sns"[^}]*\\} (\\S+)$`, "gm"))]
      .reduce((total, match) => total + Number(match[1]), 0);
  return sum("alertmanager_notification_requests_total") -
    sum("alertmanager_notification_requests_failed_total");
}
