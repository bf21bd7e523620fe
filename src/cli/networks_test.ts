import { expect } from "expect";
import { isAddress, withoutAddresses } from "./networks.ts";

Deno.test("a network without three addresses is networks that have all others and none of them", () => {
  const brokers = ["10.100.100.11", "10.100.100.12", "10.100.100.13"];
  const parts = withoutAddresses("10.0.0.0/8", brokers);
  const sizes = parts.map((part) => 2 ** (32 - Number(part.split("/")[1])));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(2 ** 24 - 3);
  expect(parts.every((part) => withoutAddresses(part, brokers).join() === part)).toBe(true);
  expect(withoutAddresses("10.0.0.0/8", ["192.168.1.1", "kafka"])).toEqual(["10.0.0.0/8"]);
  expect(withoutAddresses("10.0.0.0/24", ["10.0.0.0/8"])).toEqual([]);
});

Deno.test("addresses and networks are known from names", () => {
  expect(["10.0.0.1", "10.0.0.0/8"].every(isAddress)).toBe(true);
  expect(["kafka", "10.0.0", "256.0.0.1", "10.0.0.0/33", "10.0.0.1.example.com"].some(isAddress)).toBe(false);
});
