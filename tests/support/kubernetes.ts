import { findProgram, partsFolder } from "./part.ts";

/** What a control plane without nodes is made of: real etcd, API server, controllers and scheduler, and kwok as its nodes. */
const PROGRAMS = ["kubemini", "kwok", "kubectl", "helm", "openssl"] as const;

/** The nodes. */
const NODES = ["node-1", "node-2"] as const;

export type KubernetesPrograms = Readonly<Record<typeof PROGRAMS[number], string>>;

/** The programs, or which one is missing and how to get it. */
export async function kubernetesPrograms(): Promise<KubernetesPrograms | string> {
  const found: Record<string, string> = {};
  for (const name of PROGRAMS) {
    const path = await findProgram(`${partsFolder()}/bin/${name}`, name);
    if (path === undefined) return `${name} is needed: see CONTRIBUTING.md, "Real parts for tests".`;
    found[name] = path;
  }
  return found as KubernetesPrograms;
}

/** A Kubernetes control plane on loopback, with two nodes that only say they run pods. */
export class Kubernetes {
  readonly kubeconfig: string;
  readonly #folder: string;
  readonly #programs: KubernetesPrograms;
  readonly #processes: Deno.ChildProcess[] = [];
  readonly #kubelets = new Map<string, Deno.ChildProcess>();

  private constructor(folder: string, programs: KubernetesPrograms) {
    this.#folder = folder;
    this.#programs = programs;
    this.kubeconfig = `${folder}/kubeconfig`;
  }

  /** Starts one; takes about ten seconds. */
  static async start(programs: KubernetesPrograms): Promise<Kubernetes> {
    const folder = await Deno.makeTempDir({ prefix: "tickbell-kube-" });
    const kubernetes = new Kubernetes(folder, programs);
    try {
      await kubernetes.#start();
      return kubernetes;
    } catch (error) {
      await kubernetes.stop();
      throw error;
    }
  }

  /**
   * Runs kubectl.
   *
   * @returns what it printed.
   */
  async kubectl(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run("kubectl", args);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  /** Runs kubectl or helm against this control plane, whatever its outcome. */
  async run(
    program: "kubectl" | "helm",
    args: readonly string[],
    input = "",
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const child = new Deno.Command(this.#programs[program], {
      args: [...args],
      env: { KUBECONFIG: this.kubeconfig, HELM_CACHE_HOME: `${this.#folder}/helm` },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
    const output = await child.output();
    const decoder = new TextDecoder();
    return {
      code: output.code,
      stdout: decoder.decode(output.stdout),
      // Helm remarks on every link of a chart; it is no fault.
      stderr: decoder.decode(output.stderr).replace(/^.*found symbolic link in path.*\n/gm, ""),
    };
  }

  /** A node is gone from one moment to the next: nothing is heard of it any more. */
  async lose(node: string): Promise<void> {
    const kubelet = this.#kubelets.get(node);
    if (kubelet === undefined) throw new Error(`no node ${node}`);
    kubelet.kill("SIGKILL");
    await kubelet.status;
  }

  /** Ends every process of it, the last started first, and removes its folder. */
  async stop(): Promise<void> {
    for (const child of this.#processes.reverse()) {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended already, which is what is wanted.
      }
      const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await child.status;
      clearTimeout(late);
    }
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #start(): Promise<void> {
    await this.#makeCertificates();
    const [etcd, peer, api, controllers, scheduler] = freePorts(5);
    await Deno.writeTextFile(this.kubeconfig, kubeconfigText(`https://127.0.0.1:${api}`, this.#folder));
    const own = ["--kubeconfig=kubeconfig", "--bind-address=127.0.0.1", "--leader-elect=false"];
    this.#spawn("kubemini", [
      "etcd",
      "--data-dir=etcd",
      "--log-level=error",
      "--unsafe-no-fsync",
      `--listen-client-urls=http://127.0.0.1:${etcd}`,
      `--advertise-client-urls=http://127.0.0.1:${etcd}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
    ]);
    this.#spawn("kubemini", [
      "kube-apiserver",
      `--etcd-servers=http://127.0.0.1:${etcd}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${api}`,
      "--endpoint-reconciler-type=none",
      "--tls-cert-file=apiserver.crt",
      "--tls-private-key-file=apiserver.key",
      "--client-ca-file=ca.crt",
      "--authorization-mode=RBAC",
      "--service-cluster-ip-range=10.0.0.0/24",
      "--service-account-issuer=https://kubernetes.default.svc",
      "--service-account-key-file=sa.key",
      "--service-account-signing-key-file=sa.key",
      "--cert-dir=.",
    ]);
    await this.#until("the API server is ready", async () => {
      return (await this.run("kubectl", ["get", "--raw", "/readyz"])).code === 0;
    });
    this.#spawn("kubemini", [
      "kube-controller-manager",
      ...own,
      `--secure-port=${controllers}`,
      "--cert-dir=.",
      "--service-account-private-key-file=sa.key",
      "--root-ca-file=ca.crt",
    ]);
    this.#spawn("kubemini", [
      "kube-scheduler",
      ...own,
      `--secure-port=${scheduler}`,
      "--cert-dir=.",
      "--authentication-kubeconfig=kubeconfig",
      "--authorization-kubeconfig=kubeconfig",
    ]);
    for (const name of NODES) {
      this.#kubelets.set(
        name,
        this.#spawn("kwok", [
          "--kubeconfig=kubeconfig",
          `--manage-single-node=${name}`,
          `--config=${new URL("kwok_stages.yaml", import.meta.url).pathname}`,
          "--node-lease-duration-seconds=40",
          "--node-ip=127.0.0.1",
          "--server-address=127.0.0.1:0",
        ]),
      );
      const made = await this.run("kubectl", ["apply", "-f", "-"], JSON.stringify(nodeOf(name)));
      if (made.code !== 0) throw new Error(`${name}: ${made.stderr}`);
    }
    await this.kubectl("wait", "--for=condition=Ready", "node", "--all", "--timeout=60s");
  }

  #spawn(program: "kubemini" | "kwok", args: string[]): Deno.ChildProcess {
    const child = new Deno.Command(this.#programs[program], {
      args,
      cwd: this.#folder,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#processes.push(child);
    return child;
  }

  async #makeCertificates(): Promise<void> {
    const san = "subjectAltName=IP:127.0.0.1,IP:10.0.0.1,DNS:localhost,DNS:kubernetes.default.svc";
    await this.#openssl(
      "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -keyout ca.key -out ca.crt -addext basicConstraints=critical,CA:TRUE",
    );
    await this.#openssl("genrsa -out sa.key 2048");
    for (
      const [name, subject] of [["apiserver", "/CN=kube-apiserver"], ["admin", "/O=system:masters/CN=admin"]]
    ) {
      await Deno.writeTextFile(
        `${this.#folder}/${name}.ext`,
        name === "apiserver" ? san : "subjectAltName=DNS:admin",
      );
      await this.#openssl(
        `req -newkey rsa:2048 -nodes -subj ${subject} -keyout ${name}.key -out ${name}.csr`,
      );
      await this.#openssl(
        `x509 -req -in ${name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out ${name}.crt -extfile ${name}.ext`,
      );
    }
  }

  async #openssl(args: string): Promise<void> {
    const { success, stderr } = await new Deno.Command(this.#programs.openssl, {
      args: args.split(" "),
      cwd: this.#folder,
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(`openssl ${args}: ${new TextDecoder().decode(stderr)}`);
  }

  async #until(what: string, done: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + 90_000;
    while (Date.now() < end) {
      if (await done()) return;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    throw new Error(`waited 90 s until ${what}`);
  }
}

function kubeconfigText(server: string, folder: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    clusters: [{ name: "test", cluster: { server, "certificate-authority": `${folder}/ca.crt` } }],
    users: [{
      name: "admin",
      user: { "client-certificate": `${folder}/admin.crt`, "client-key": `${folder}/admin.key` },
    }],
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
  });
}

function nodeOf(name: string): unknown {
  const room = { cpu: "8", memory: "16Gi", pods: "110" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: { "kwok.x-k8s.io/node": "fake" },
      labels: { "kubernetes.io/os": "linux", "kubernetes.io/hostname": name },
    },
    status: { allocatable: room, capacity: room },
  };
}

/** Ports that were free a moment ago. */
function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map((listener) => (listener.addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports;
}
