import { expect } from "expect";
import { takeDotEnv } from "./dot_env.ts";

Deno.test(".env adds what is not set, in any encoding; none and an empty one are nothing", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-env-" });
  const path = `${folder}/.env`;
  const names = ["TICKBELL_TEST_ONE", "TICKBELL_TEST_TWO"];
  try {
    await takeDotEnv(path);
    await Deno.writeTextFile(path, "");
    await takeDotEnv(path);
    await Deno.writeTextFile(
      path,
      '\ufeff# mine\r\nTICKBELL_TEST_ONE="from the file"\r\nTICKBELL_TEST_TWO=나\r\n',
    );
    Deno.env.set("TICKBELL_TEST_ONE", "set before");
    await takeDotEnv(path);
    expect(names.map((name) => Deno.env.get(name))).toEqual(["set before", "나"]);
  } finally {
    for (const name of names) Deno.env.delete(name);
    await Deno.remove(folder, { recursive: true });
  }
});
