import { DeployError, type Shell } from "./shell.ts";

/** An authority of our own that signs the brokers' certificates: PEM. */
export interface Authority {
  readonly certificate: string;
  readonly key: string;
}

/** A broker as its certificate names it. */
export interface Certified {
  readonly name: string;
  readonly ip: string;
}

/** Days that an authority and a broker's certificate are good; a certificate is made anew when it has fewer days than that left. */
const DAYS = { authority: 3650, broker: 730, renewed: 120 } as const;

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
const REMEDY = "openssl 1.1 or later must be on PATH.";

/** A new authority. */
export async function makeAuthority(shell: Shell): Promise<Authority> {
  // Two authorities may be believed at once: by their names they are told apart.
  const name = `Tickbell Kafka ${crypto.getRandomValues(new Uint8Array(4)).toHex()}`;
  return await inFolder(async (folder) => {
    const use = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"];
    await shell.run("openssl", [
      ...["req", "-x509", "-subj", `/CN=${name}`, "-days", `${DAYS.authority}`, ...NEW_KEY],
      ...["-keyout", `${folder}/ca.key`, "-out", `${folder}/ca.pem`],
      ...use.flatMap((extension) => ["-addext", extension]),
    ], REMEDY);
    return { certificate: await read(`${folder}/ca.pem`), key: await read(`${folder}/ca.key`) };
  });
}

/**
 * A new key and certificate of a broker: for its address, as server and as client, because brokers know each other by it.
 *
 * @returns PEM: key, certificate, authority, as Kafka reads a key store.
 */
export async function certify(shell: Shell, authority: Authority, broker: Certified): Promise<string> {
  return await inFolder(async (folder) => {
    const file = (name: string) => `${folder}/${name}`;
    await Deno.writeTextFile(file("ca.pem"), authority.certificate);
    await Deno.writeTextFile(file("ca.key"), authority.key, { mode: 0o600 });
    await Deno.writeTextFile(
      file("ext"),
      `subjectAltName=IP:${broker.ip}\nextendedKeyUsage=serverAuth,clientAuth\nbasicConstraints=CA:FALSE\n`,
    );
    const request = ["req", "-subj", `/CN=${broker.name}`, ...NEW_KEY];
    await shell.run("openssl", [...request, "-keyout", file("key"), "-out", file("csr")], REMEDY);
    await shell.run("openssl", [
      ...["x509", "-req", "-in", file("csr"), "-CA", file("ca.pem"), "-CAkey", file("ca.key")],
      ...["-CAcreateserial", "-days", `${DAYS.broker}`, "-extfile", file("ext"), "-out", file("pem")],
    ], REMEDY);
    return `${await read(file("key"))}${await read(file("pem"))}${authority.certificate}`;
  });
}

/** Whether a broker's certificate is for its address, signed by an authority that is believed, and good for long enough. */
export async function isGood(
  shell: Shell,
  pem: string,
  { ip, believed }: { readonly ip: string; readonly believed: string },
): Promise<boolean> {
  return await inFolder(async (folder) => {
    // Without its key: openssl then reads the first certificate.
    const certificate = pem.slice(pem.indexOf("-----BEGIN CERTIFICATE"));
    await Deno.writeTextFile(`${folder}/pem`, certificate);
    await Deno.writeTextFile(`${folder}/ca.pem`, believed);
    const seconds = DAYS.renewed * 86_400;
    const own = ["x509", "-noout", "-in", `${folder}/pem`, "-checkend", `${seconds}`];
    const lasting = await shell.try("openssl", own);
    if (lasting.code !== 0) return false;
    const verify = ["verify", "-verify_ip", ip, "-CAfile", `${folder}/ca.pem`, `${folder}/pem`];
    return (await shell.try("openssl", verify)).code === 0;
  });
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  // Of this user alone: keys stand in it for a moment.
  const folder = await Deno.makeTempDir({ prefix: "tickbell-authority-" });
  try {
    return await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function read(path: string): Promise<string> {
  const text = await Deno.readTextFile(path);
  if (!text.startsWith("-----BEGIN ")) throw new DeployError(`openssl wrote no PEM to ${path}`, REMEDY);
  return text;
}
