import { DeleteIdentityCommand, SESClient, VerifyEmailIdentityCommand } from "@aws-sdk/client-ses";
import { findProgram, partsFolder, type PartTest } from "./part.ts";

const PROGRAM = () => findProgram(`${partsFolder()}/venv/bin/moto_server`, "moto_server");

/** moto's server: AWS's own APIs (SES, DynamoDB) on loopback, from PyPI. */
export const MOTO: PartTest = {
  part: "moto[server]",
  missing: async () =>
    await PROGRAM() === undefined
      ? "python3 -m venv $LAB/venv && $LAB/venv/bin/pip install 'moto[server]', or put moto_server on PATH"
      : undefined,
};

/** Any credentials do; these stand in for an account's. */
export const CREDENTIALS = { accessKeyId: "AKIATEST", secretAccessKey: "s3cr3t-of-the-account" };
export const REGION = "ap-northeast-2";

/** A running moto server. */
export class Moto implements AsyncDisposable {
  readonly url: string;
  readonly #process: Deno.ChildProcess;
  readonly #output: Promise<void>;

  private constructor(url: string, process: Deno.ChildProcess, output: Promise<void>) {
    this.url = url;
    this.#process = process;
    this.#output = output;
  }

  /** Starts one on a free port. */
  static async start(): Promise<Moto> {
    const program = await PROGRAM();
    if (program === undefined) throw new Error("moto_server is missing");
    const process = new Deno.Command(program, {
      args: ["-H", "127.0.0.1", "-p", "0"],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const ready = Promise.withResolvers<string>();
    const output = watch(process.stderr, ready);
    return new Moto(await ready.promise, process, output);
  }

  /** Forgets everything. */
  async reset(): Promise<void> {
    await (await fetch(`${this.url}/moto-api/reset`, { method: "POST" })).body?.cancel();
  }

  /** Lets an address send. */
  async verify(address: string): Promise<void> {
    await this.#ses((client) => client.send(new VerifyEmailIdentityCommand({ EmailAddress: address })));
  }

  /** Lets an address send no more. */
  async unverify(address: string): Promise<void> {
    await this.#ses((client) => client.send(new DeleteIdentityCommand({ Identity: address })));
  }

  async #ses(call: (client: SESClient) => Promise<unknown>): Promise<void> {
    const client = new SESClient({ region: REGION, endpoint: this.url, credentials: CREDENTIALS });
    await call(client);
    client.destroy();
  }

  /** The mails that SES took: recipients and the mail itself. */
  async mails(): Promise<{ to: string[]; raw: string }[]> {
    const data = await (await fetch(`${this.url}/moto-api/data.json`)).json();
    return (data.ses?.RawMessage ?? []).map((mail: { destinations: string[]; raw_data: string }) => ({
      to: mail.destinations,
      raw: mail.raw_data,
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.status;
    await this.#output;
  }
}

async function watch(
  stream: ReadableStream<Uint8Array>,
  ready: PromiseWithResolvers<string>,
): Promise<void> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    text = (text + decoder.decode(chunk, { stream: true })).slice(-10_000);
    const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(text)?.[1];
    if (url !== undefined) ready.resolve(url);
  }
  ready.reject(new Error(`moto_server ended: ${text.slice(-2_000)}`));
}
