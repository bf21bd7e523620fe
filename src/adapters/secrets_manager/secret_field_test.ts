import { expect } from "expect";
import { readSecretField } from "./secret_field.ts";

/** Secrets Manager's answers over its own wire form: JSON by POST, an error with its name in __type. */
async function withSecrets(
  secrets: Readonly<Record<string, string>>,
  body: (endpoint: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    expect(request.headers.get("x-amz-target")).toBe("secretsmanager.GetSecretValue");
    const { SecretId } = await request.json();
    const SecretString = secrets[SecretId];
    if (SecretString === undefined) {
      return Response.json({ __type: "ResourceNotFoundException" }, { status: 400 });
    }
    return Response.json({ ARN: SecretId, Name: SecretId, SecretString });
  });
  Deno.env.set("AWS_ACCESS_KEY_ID", "AKIATEST");
  Deno.env.set("AWS_SECRET_ACCESS_KEY", "of-the-test");
  try {
    await body(`http://127.0.0.1:${(server.addr as Deno.NetAddr).port}`);
  } finally {
    Deno.env.delete("AWS_ACCESS_KEY_ID");
    Deno.env.delete("AWS_SECRET_ACCESS_KEY");
    await server.shutdown();
  }
}

Deno.test("a field of a secret is read; one that cannot be is named without its value", async () => {
  const secrets = {
    "stock/links": '{"secret":"signs-the-links"}',
    "stock/bad": "hunter2",
    "stock/none": '{"key":"x"}',
  };
  await withSecrets(secrets, async (endpoint) => {
    const read = (secret: string) =>
      readSecretField({ secret, field: "secret", region: "ap-northeast-2", endpoint });
    expect(await read("stock/links")).toBe("signs-the-links");
    for (const secret of ["stock/bad", "stock/none"]) {
      const error = await read(secret).catch((thrown: Error) => thrown);
      expect(String(error)).toContain(`The secret ${secret} must be JSON with the text field secret`);
      expect(String(error)).not.toContain("hunter2");
    }
    await expect(read("stock/gone")).rejects.toThrow(
      /stock\/gone cannot be read \(ResourceNotFoundException\): secretsmanager:GetSecretValue/,
    );
  });
});
