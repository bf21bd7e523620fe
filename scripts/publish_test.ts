import { expect } from "expect";
import { readPublishWords } from "./publish/words.ts";

Deno.test("a registry is named without a scheme, and everything else has a default", () => {
  expect(readPublishWords(["--registry", "ghcr.io/you/"])).toEqual({
    registry: "ghcr.io/you",
    platforms: ["linux/amd64", "linux/arm64"],
    roles: [],
    buildArgs: [],
    key: undefined,
    version: undefined,
    insecure: false,
  });
  expect(readPublishWords(["--registry=localhost:5000", "--build-arg=BASE_IMAGE=a@sha256:b", "--insecure"]))
    .toMatchObject({
      registry: "localhost:5000",
      buildArgs: ["BASE_IMAGE=a@sha256:b"],
      insecure: true,
    });
});

Deno.test("words of publish that do not do are named", () => {
  const refused: readonly [readonly string[], string][] = [
    [[], "--registry is needed"],
    [["--registry", "https://ghcr.io"], "without https://"],
    [["--registry", "ghcr.io", "--role", "gateway"], "--role must be one of"],
    [["--registry", "ghcr.io", "--version", "latest"], "--version must be like"],
    [["--registry"], "--registry needs a value"],
    [["--push"], "--push is not known"],
  ];
  for (const [words, said] of refused) expect(readPublishWords(words)).toContain(said);
});
