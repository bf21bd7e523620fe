import { type Deployment, NAMESPACE } from "./deployment.ts";
import { DeployError } from "./shell.ts";

interface Trade {
  readonly symbol: string;
}

interface AlertEntry {
  readonly id: string;
  readonly ruleId: string;
}

/** How long to wait, in ms: for the API to answer, for the rule to fire. */
const API_WAIT_MS = 60_000;
const ALERT_WAIT_MS = 120_000;

/**
 * Posts a rule that the next trade of a symbol fulfils, waits for its alert, and takes the rule away again. On a real feed
 * outside of market hours nothing trades, so there the rule is only posted and removed.
 *
 * @throws {DeployError} when the API does not answer, refuses the rule, or no alert comes.
 */
export async function smokeTest(
  deployment: Deployment,
  options: { key: string; simulated: boolean },
): Promise<string> {
  const port = freePort();
  const forward = deployment.shell.start("kubectl", [
    "-n",
    NAMESPACE,
    "port-forward",
    "--address=127.0.0.1",
    "service/control",
    `${port}:80`,
  ]);
  try {
    const api = new Api(`http://127.0.0.1:${port}`, options.key);
    await api.untilReady();
    return await fireOnce(api, deployment.mailFrom, options.simulated);
  } finally {
    try {
      forward.kill("SIGTERM");
    } catch {
      // It has ended already, which is what is wanted.
    }
    await forward.status;
  }
}

async function fireOnce(api: Api, recipient: string, simulated: boolean): Promise<string> {
  const last = await api.get("/v1/market/last") as { data?: readonly Trade[] } | undefined;
  const symbol = last?.data?.[0]?.symbol ?? "005930";
  const id = `smoke-${crypto.randomUUID()}`;
  const rule = {
    id,
    symbol,
    kind: "target_price",
    comparator: "gte",
    value: "1",
    recipients: [recipient],
    note: "smoke test",
  };
  const started = Date.now();
  await api.post("/v1/rules", rule);
  try {
    if (!simulated) {
      return `the rule for ${symbol} was accepted (not waited for: the feed is the real market's)`;
    }
    const end = Date.now() + ALERT_WAIT_MS;
    while (Date.now() < end) {
      const answer = await api.get(`/v1/alerts?ruleId=${id}`) as { data: readonly AlertEntry[] } | undefined;
      const alert = answer?.data.find((entry) => entry.ruleId === id);
      if (alert !== undefined) {
        return `a rule for ${symbol} fired ${
          ((Date.now() - started) / 1000).toFixed(1)
        } s after it was posted`;
      }
      await pause(1_000);
    }
  } finally {
    await api.delete(`/v1/rules/${id}`);
  }
  throw new DeployError(
    `No alert came within ${ALERT_WAIT_MS / 1000} s of posting a rule that any trade of ${symbol} fulfils`,
    "Follow the trade: docs/deployment/runbooks.md#no-alerts. Everything is deployed; run the same command again when it is mended.",
  );
}

/** The control API, as far as this test needs it. */
class Api {
  readonly #url: string;
  readonly #headers: Record<string, string>;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  }

  async untilReady(): Promise<void> {
    const end = Date.now() + API_WAIT_MS;
    while (Date.now() < end) {
      const ready = await fetch(`${this.#url}/readyz`).then(async (answer) => {
        await answer.body?.cancel();
        return answer.ok;
      }, () => false);
      if (ready) return;
      await pause(500);
    }
    throw new DeployError(
      `The control API was not ready within ${API_WAIT_MS / 1000} s`,
      `See why: kubectl -n ${NAMESPACE} logs deployment/control; its /readyz names what it waits for.`,
    );
  }

  /** The JSON of a path, or undefined when there is none. */
  async get(path: string): Promise<unknown> {
    const answer = await fetch(`${this.#url}${path}`, { headers: this.#headers });
    if (answer.ok) return await answer.json();
    await answer.body?.cancel();
    return undefined;
  }

  async post(path: string, body: unknown): Promise<void> {
    const answer = await fetch(`${this.#url}${path}`, {
      method: "POST",
      headers: this.#headers,
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (answer.status !== 201 && answer.status !== 200) {
      throw new DeployError(
        `The control API refused the smoke test's rule (${answer.status}): ${text}`,
        "A 401 means the key in the Secret api is not the one control was started with: run with --rotate api.",
      );
    }
  }

  async delete(path: string): Promise<void> {
    const answer = await fetch(`${this.#url}${path}`, { method: "DELETE", headers: this.#headers });
    await answer.body?.cancel();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}
