// Posts the rule of an old values file once. Run by the chart's hook; the rule's id comes from what it says, so running
// again changes nothing, not even when the rule was edited or deleted since: the API answers the same post the same way.

const url = need("CONTROL_URL");
const key = (await Deno.readTextFile(need("API_KEY_FILE"))).trim();
const rule = JSON.parse(await Deno.readTextFile(need("RULE_FILE"))) as { id: string };

await untilReady();
const authorization = `Bearer ${key}`;
const known = await fetch(`${url}/v1/rules/${encodeURIComponent(rule.id)}`, { headers: { authorization } });
await known.body?.cancel();
if (known.status === 200) {
  console.log(`Rule ${rule.id} is there already.`);
} else {
  const answer = await fetch(`${url}/v1/rules`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json", "idempotency-key": rule.id },
    body: JSON.stringify(rule),
  });
  const text = await answer.text();
  if (answer.status !== 201 && answer.status !== 200) {
    console.error(`The control API refused the rule (${answer.status}): ${text}`);
    Deno.exit(1);
  }
  console.log(`Rule ${rule.id} is in force.`);
}

/** Waits until the control API answers that it is ready; gives up after five minutes. */
async function untilReady(): Promise<void> {
  const end = Date.now() + 300_000;
  while (Date.now() < end) {
    const ready = await fetch(`${url}/readyz`).then(async (answer) => {
      await answer.body?.cancel();
      return answer.ok;
    }, () => false);
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  console.error(`${url} was not ready within 5 minutes.`);
  Deno.exit(1);
}

function need(name: string): string {
  const value = Deno.env.get(name);
  if (value === undefined || value === "") throw new Error(`${name} is not set`);
  return value;
}
