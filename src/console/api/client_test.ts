import { expect } from "expect";
import { ApiRefusal } from "../../control/client/refusal.ts";
import { ApiClient } from "./client.ts";

/** A client whose every question is answered with a status; it counts how often it was locked. */
function answered(status: number) {
  const seen = { locked: 0 };
  const client = new ApiClient({
    url: "http://127.0.0.1:1",
    locked: () => seen.locked++,
    fetch: () => Promise.resolve(new Response(status === 204 ? null : "{}", { status })),
  });
  return { client, seen };
}

Deno.test("what is not there, or not for this key, is undefined", async () => {
  for (const status of [403, 404]) {
    const { client, seen } = answered(status);
    const got = [await client.quote("005930"), await client.mails(), await client.deadLetters(5)];
    expect([...got, seen.locked]).toEqual([undefined, undefined, undefined, 0]);
  }
  await expect(answered(500).client.quote("005930")).rejects.toBeInstanceOf(ApiRefusal);
  await expect(answered(404).client.alert("a")).rejects.toMatchObject({ status: 404 });
});

Deno.test("the page is locked when the API no longer knows who is asking, and when the key is forgotten", async () => {
  const unknown = answered(401);
  await expect(unknown.client.status()).rejects.toMatchObject({ status: 401 });
  expect(unknown.seen.locked).toBe(1);
  const known = answered(204);
  await known.client.forget();
  expect(known.seen.locked).toBe(1);
});

Deno.test("a wrong key is distinguished from a server that fails", async () => {
  expect(await answered(204).client.open("key")).toBe(true);
  for (const status of [400, 401, 403]) expect(await answered(status).client.open("key")).toBe(false);
  await expect(answered(500).client.open("key")).rejects.toMatchObject({ status: 500 });
});
