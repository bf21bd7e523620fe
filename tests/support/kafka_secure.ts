import { type LogRole, ROLES_OF_THE_LOG } from "../../src/ports/role_rights.ts";
import { freePorts, type KafkaCluster, startKafka } from "./kafka_broker.ts";

/** A broker that wants TLS, and TLS with a password; the roles may do there what somebody allows them, and nothing else. */
export interface SecureKafka extends KafkaCluster {
  /** `host:port` where TLS is enough. */
  readonly tls: string;
  /** `host:port` where a user signs in over TLS, by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. */
  readonly sasl: string;
  readonly username: string;
  readonly password: string;
  /** The password of a role, whose user name is its own. */
  passwordOf(role: LogRole): string;
  /** PEM file of the authority that signed the broker's certificate. */
  readonly caFile: string;
}

const USERNAME = "tickbell";
/** With characters that a careless encoding would spoil. */
const PASSWORD = "s3cret=%&한";

function passwordOf(role: LogRole): string {
  return `the-password-of-${role}`;
}

/** Starts it, with an authority of its own. */
export async function startSecureKafka(): Promise<SecureKafka> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-kafka-tls-" });
  const keyStore = await makeCertificate(folder);
  const [tls, sasl] = freePorts(2);
  const scram = (mechanism: string) => `${mechanism}=[name="${USERNAME}",password="${PASSWORD}"]`;
  const cluster = await startKafka(1, {
    properties: (plain) => ({
      "listeners": `${plain.listeners},TLS://127.0.0.1:${tls},SASL://127.0.0.1:${sasl}`,
      "advertised.listeners": `${
        plain["advertised.listeners"]
      },TLS://127.0.0.1:${tls},SASL://127.0.0.1:${sasl}`,
      "listener.security.protocol.map": `${plain["listener.security.protocol.map"]},TLS:SSL,SASL:SASL_SSL`,
      "inter.broker.listener.name": "PLAINTEXT",
      "ssl.keystore.type": "PEM",
      "ssl.keystore.location": keyStore,
      "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
      "listener.name.sasl.plain.sasl.jaas.config":
        `org.apache.kafka.common.security.plain.PlainLoginModule required user_${USERNAME}="${
          escaped(PASSWORD)
        }" ${ROLES_OF_THE_LOG.map((role) => `user_${role}="${passwordOf(role)}"`).join(" ")};`,
      "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      // The broker itself and the test, which are not asked who they are.
      "super.users": `User:${USERNAME};User:ANONYMOUS`,
      "listener.name.sasl.scram-sha-256.sasl.jaas.config": SCRAM,
      "listener.name.sasl.scram-sha-512.sasl.jaas.config": SCRAM,
    }),
    format: ["--add-scram", scram("SCRAM-SHA-256"), "--add-scram", scram("SCRAM-SHA-512")],
  }).catch(async (thrown) => {
    await Deno.remove(folder, { recursive: true });
    throw thrown;
  });
  return {
    ...cluster,
    tls: `127.0.0.1:${tls}`,
    sasl: `127.0.0.1:${sasl}`,
    username: USERNAME,
    password: PASSWORD,
    passwordOf,
    caFile: `${folder}/ca.pem`,
    stop: async () => {
      await cluster.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;";

/** As a Java properties file has it, whatever its encoding. */
function escaped(text: string): string {
  return text.replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * An authority, and a certificate of it for 127.0.0.1.
 *
 * @returns the PEM file with key and chain.
 */
async function makeCertificate(folder: string): Promise<string> {
  const name = (
    subject: string,
  ) => ["-subj", `/CN=${subject}`, "-days", "2", "-newkey", "rsa:2048", "-nodes"];
  await openssl(folder, [
    "req",
    "-x509",
    ...name("Tickbell test authority"),
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
  ]);
  await openssl(folder, ["req", ...name("127.0.0.1"), "-keyout", "broker.key", "-out", "broker.csr"]);
  await Deno.writeTextFile(`${folder}/broker.ext`, "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  await openssl(folder, [
    ...["x509", "-req", "-in", "broker.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
    ...["-days", "2", "-extfile", "broker.ext", "-out", "broker.pem"],
  ]);
  const parts = await Promise.all(
    ["broker.key", "broker.pem", "ca.pem"].map((file) => Deno.readTextFile(`${folder}/${file}`)),
  );
  await Deno.writeTextFile(`${folder}/keystore.pem`, parts.join(""));
  return `${folder}/keystore.pem`;
}

async function openssl(folder: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command("openssl", { args: [...args], cwd: folder }).output();
  if (code !== 0) throw new Error(`openssl ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}
