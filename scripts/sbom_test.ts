import { expect } from "expect";
import { billOfMaterials, componentsOf } from "./sbom.ts";

Deno.test("a package is listed once, with its checksum in hex, whatever its peers", () => {
  const components = componentsOf({
    npm: {
      "@aws-sdk/client-ses@3.1000.0": { integrity: `sha512-${btoa("\x01\xff")}` },
      "hono@4.13.19_zod@4.6.7": {},
      "hono@4.13.19": {},
    },
  });
  expect(components.map((component) => component.purl)).toEqual([
    "pkg:npm/%40aws-sdk/client-ses@3.1000.0",
    "pkg:npm/hono@4.13.19",
  ]);
  expect(components[0]?.hashes).toEqual([{ alg: "SHA-512", content: "01ff" }]);
});

Deno.test("the product's own lock file can be read whole", async () => {
  const lock = JSON.parse(await Deno.readTextFile(new URL("../deno.lock", import.meta.url)));
  const document = billOfMaterials(lock, { name: "x", version: "1.0.0", license: "Apache-2.0" }, "2.9.6") as {
    components: { name: string }[];
  };
  for (const name of ["kafkajs", "hono", "zod", "@aws-sdk/client-ses", "deno"]) {
    expect(document.components.map((component) => component.name)).toContain(name);
  }
});

Deno.test("a key that is no package is refused", () => {
  expect(() => componentsOf({ npm: { "": {} } })).toThrow("cannot read");
});
