import { expect } from "expect";

const ROOT = new URL("..", import.meta.url);

/** Where images that are not ours are named; ours are named by commit, under a tag that the registry never moves. */
const PLACES = [
  "Dockerfile",
  "infra/jenkins/agent.yaml",
  "infra/jenkins/manifests/deployment.yaml",
  "helm/monitoring/values.yaml",
];

Deno.test("every image from outside that the deployment runs or builds on is pinned by digest", async () => {
  const loose: string[] = [];
  let pinned = 0;
  for (const place of PLACES) {
    const text = await Deno.readTextFile(new URL(place, ROOT));
    for (
      const [image] of text.matchAll(/\b(?:docker\.io|gcr\.io|ghcr\.io|quay\.io|public\.ecr\.aws)\/[^\s"']+/g)
    ) {
      if (/^[a-z0-9./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/.test(image)) pinned++;
      else loose.push(`${place}: ${image}`);
    }
  }
  expect(loose).toEqual([]);
  expect(pinned).toBe(9);
});

Deno.test("the images of Deno are of one version", async () => {
  const texts = await Promise.all(PLACES.slice(0, 2).map((place) => Deno.readTextFile(new URL(place, ROOT))));
  const versions = texts.flatMap((text) =>
    [...text.matchAll(/denoland\/deno:(?:bin|debian)-([\d.]+)/g)].map((match) => match[1])
  );
  expect(versions.length).toBe(2);
  expect(new Set(versions).size).toBe(1);
});
