import { expect } from "expect";
import { InputError } from "../core/errors.ts";
import { environmentName, flagName, loadConfig } from "./load.ts";
import { optionalText } from "./setting.ts";

const settings = {
  smtpUrl: { ...optionalText({ placeholder: "URL", description: "Server." }), secret: true },
};

Deno.test("a secret may come from a file, without its line end", () => {
  const sources = { flags: {}, env: { TICKBELL_SMTP_URL_FILE: "/run/secret" }, readText: () => "smtp://x\n" };
  expect(loadConfig(settings, sources)).toEqual({ smtpUrl: "smtp://x" });
});

Deno.test("a secret's file that cannot be read is named", () => {
  const readText = () => {
    throw new Error("no such file");
  };
  const sources = { flags: {}, env: { TICKBELL_SMTP_URL_FILE: "/run/secret" }, readText };
  expect(() => loadConfig(settings, sources)).toThrow(InputError);
  expect(() => loadConfig(settings, sources)).toThrow("TICKBELL_SMTP_URL_FILE: cannot be read");
});

Deno.test("names become flags and variables", () => {
  expect(environmentName("dataDir")).toBe("TICKBELL_DATA_DIR");
  expect(flagName("exitWhenDone")).toBe("--exit-when-done");
});
