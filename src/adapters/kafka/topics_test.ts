import { expect } from "expect";
import { refuseTooFewBrokers } from "./topics.ts";

Deno.test("a cluster with fewer brokers than replicas is refused with the flags that fit it", () => {
  refuseTooFewBrokers(3, { replicationFactor: 3 });
  expect(() => refuseTooFewBrokers(1, { replicationFactor: 3 })).toThrow(
    /1 broker,.*--replication-factor 1 --min-insync-replicas 1$/,
  );
  expect(() => refuseTooFewBrokers(2, { replicationFactor: 3 })).toThrow(
    "--replication-factor 2 --min-insync-replicas 1",
  );
});
