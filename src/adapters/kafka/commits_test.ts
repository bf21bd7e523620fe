import { expect } from "expect";
import { type CommitRequest, Commits } from "./commits.ts";

Deno.test("what waited for an earlier request is not sent once its partition is lost; the others go on", async () => {
  const sent: CommitRequest[] = [];
  const first = Promise.withResolvers<void>();
  const commits = new Commits((request) => {
    sent.push(request);
    return sent.length === 1 ? first.promise : Promise.resolve();
  });
  const lost = { over: false };
  const mayStill = () => {
    if (lost.over) throw new Error("not assigned");
  };
  const at = (offset: number) => ({ offset, metadata: "" });
  const begun = commits.commit("trades/1", at(1), mayStill);
  // The first request is under way.
  await Promise.resolve();
  const waited = commits.commit("trades/2", at(7), mayStill);
  const other = commits.commit("trades/3", at(9), () => {});
  lost.over = true;
  first.reject(new Error("the generation is over"));
  await expect(begun).rejects.toThrow("the generation is over");
  await expect(waited).rejects.toThrow("not assigned");
  await other;
  expect(sent.map((request) => [...request.keys()])).toEqual([["trades/1"], ["trades/3"]]);
});
