import { parseEnv } from "node:util";
import { InputError } from "../core/errors.ts";

const KIND = { code: "bad_configuration", what: "settings" };

/**
 * Takes what `.env` of the current folder says into the environment: what is set already stays. So the settings, the AWS
 * SDK and OpenTelemetry see it alike.
 *
 * @throws {InputError} code `bad_configuration` when there is such a file and it cannot be read.
 */
export async function takeDotEnv(path = ".env"): Promise<void> {
  if (!await Deno.stat(path).then((stat) => stat.isFile, () => false)) return;
  // Few have such a file.
  const { readFileText } = await import("../files/read_file.ts");
  let text: string;
  try {
    text = await readFileText({ path, kind: KIND });
  } catch (thrown) {
    if (thrown instanceof InputError && thrown.issues[0]?.code === "empty") return;
    throw thrown;
  }
  for (const [name, value] of Object.entries(parseEnv(text))) {
    if (value !== undefined && Deno.env.get(name) === undefined) Deno.env.set(name, value);
  }
}
