import { expect } from "expect";
import { freePort, INFLUXD, influxdProgram, runInfluxd } from "../support/influxd.ts";
import {
  filesOf,
  Instance,
  missingChroot,
  missingTerraform,
  priceStoreUserData,
  renderModule,
} from "../support/instance.ts";
import { renderKafka } from "../support/rendered_kafka.ts";
import { partTest } from "../support/part.ts";

const KEY = "arn:aws:kms:ap-northeast-2:123456789012:key/test";

const INSTANCE = {
  part: "Terraform and a chroot",
  missing: async () => await missingTerraform() ?? await missingChroot(),
};

const INSTANCE_AND_INFLUXDB = {
  part: "Terraform, a chroot and InfluxDB",
  missing: async () =>
    await missingTerraform() ?? await missingChroot() ??
      await INFLUXD.missing(),
};

/** What an instance has and this machine has not. The data volume is blank until it is formatted. */
const STAND_INS = {
  dnf: "",
  aws: "",
  systemctl: "",
  mount: "",
  mountpoint: "[ -e /mounted ] && exit 0; touch /mounted; exit 1",
  blkid: "[ -e /formatted ] || exit 2; echo 1234-abcd",
  "mkfs.xfs": "touch /formatted",
  useradd:
    'echo "kafka:x:990:990::/opt/kafka:/sbin/nologin" >> /etc/passwd; echo "kafka:x:990:" >> /etc/group',
  runuser: 'shift 3; exec "$@"',
  chown: "",
};

/** Of the second node, as the deployment writes it. */
const SECRET = JSON.stringify({ authority: "-----BEGIN authority", "kafka-instance-2": "-----BEGIN node 2" });

partTest(
  "a new instance becomes a Kafka node, and a second run formats nothing again",
  INSTANCE,
  async () => {
    const { user_data, cluster_id } = await renderKafka(["10.100.100.11", "10.100.100.12", "10.100.100.13"]);
    const files = filesOf(user_data["kafka-instance-2"] as string);
    await using instance = await Instance.boot(files, {
      ...STAND_INS,
      chgrp: "",
      sleep: "",
      curl: downloads("good"),
      // The secret has no value at first: deploy puts it after Terraform made the instance.
      aws:
        `case "$call" in "aws secretsmanager"*) [ -e /asked ] || { touch /asked; exit 254; }; echo '${SECRET}';; esac`,
    });
    const first = await instance.run("/usr/local/sbin/kafka-setup");
    expect(first.text).not.toContain("kafka-setup:");
    expect(first.code).toBe(0);
    expect(await instance.read("/etc/fstab")).toContain(
      "UUID=1234-abcd /data xfs defaults,noatime,nofail 0 2",
    );
    expect(await instance.read("/etc/kafka/server.properties")).toContain("node.id=2\n");
    expect(await instance.read("/formatted-with")).toBe(
      `format --ignore-formatted -t ${cluster_id} -c /etc/kafka/server.properties\n`,
    );
    const calls = await instance.calls();
    expect(calls.filter((call) => call.startsWith("mkfs.xfs"))).toEqual(["mkfs.xfs /dev/sdb"]);
    expect(calls).toContain("dnf install -y -q java-17-amazon-corretto-headless awscli-2 jq openssl");
    expect(calls.slice(-2)).toEqual([
      "systemctl enable --now instance-report.timer",
      "systemctl enable --now kafka",
    ]);

    expect(await instance.read("/etc/kafka/tls/keystore.pem")).toBe("-----BEGIN node 2\n");
    expect((await Deno.stat(instance.path("/etc/kafka/tls/keystore.pem"))).mode! & 0o007).toBe(0);

    expect((await instance.run("/usr/local/sbin/kafka-setup")).code).toBe(0);
    const all = await instance.calls();
    expect(all.filter((call) => call.startsWith("mkfs.xfs")).length).toBe(1);
    expect(all.filter((call) => call.startsWith("curl")).length).toBe(
      calls.filter((call) => call.startsWith("curl")).length,
    );
    expect((await instance.read("/etc/fstab")).match(/ \/data /g)?.length).toBe(1);

    expect((await instance.run("/usr/local/sbin/instance-report")).code).toBe(0);
    expect((await instance.calls()).at(-1)).toMatch(
      /^aws cloudwatch put-metric-data --namespace Tickbell .* --dimensions Instance=\S+ --value \d+$/,
    );
    expect(await instance.read("/etc/systemd/system/instance-report.service")).toContain(
      "AWS_DEFAULT_REGION=ap-northeast-2\n",
    );
  },
);

partTest("an archive with another checksum is not unpacked", INSTANCE, async () => {
  const { user_data } = await renderKafka(["10.100.100.11", "10.100.100.12", "10.100.100.13"]);
  const files = filesOf(user_data["kafka-instance-1"] as string);
  await using instance = await Instance.boot(files, { ...STAND_INS, sleep: "", curl: downloads("changed") });
  const { code, text } = await instance.run("/usr/local/sbin/kafka-setup");
  expect(code).toBe(1);
  expect(text).toContain("kafka_2.13-4.3.1.tgz does not have the checksum it should have");
  expect((await instance.calls()).some((call) => call.startsWith("systemctl"))).toBe(false);
});

partTest(
  "a new instance becomes the price store of a real InfluxDB, once",
  INSTANCE_AND_INFLUXDB,
  async () => {
    const port = freePort();
    const folder = await Deno.makeTempDir({ prefix: "tickbell-price-store-" });
    const server = runInfluxd(await influxdProgram() as string, folder, port);
    try {
      const url = `http://127.0.0.1:${port}`;
      // The secret has no value at first: deploy puts it after Terraform made the instance.
      const aws = `case "$call" in
"aws secretsmanager put-secret-value"*) cat > /secret-put;;
"aws secretsmanager"*) [ -e /asked ] || { touch /asked; exit 254; }; echo '{"password":"a-long-password","token":"the-token"}';;
"aws s3 cp"*s3://*2026-11-29/*) touch "\${@: -1}/backup";;
esac`;
      const sleep = "";
      // The package makes its user.
      const dnf =
        'grep -q influxdb /etc/passwd || { echo "influxdb:x:991:991::/:/sbin/nologin" >> /etc/passwd; echo "influxdb:x:991:" >> /etc/group; }';
      await using instance = await Instance.boot(filesOf(await priceStoreUserData()), {
        ...STAND_INS,
        aws,
        dnf,
        sleep,
        influx: `case "$call" in
"influx backup"*) touch "\${@: -1}/backup";;
"influx restore"*) [ -e "\${@: -1}/backup" ];;
"influx bucket list"*-candles*) exit 1;;
"influx bucket list"*) printf 'b1\tstock\n';;
"influx bucket create"*) printf 'b2\tstock-candles\n';;
"influx auth create"*) touch /doubles-made; id=$(wc -l < /doubles-made); echo >> /doubles-made; printf '%s\tof\tnew-%s\n' "$id" "$id";;
"influx auth list"*) echo '[{"id":"07","token":"other"},{"id":"08","token":"the-token"},{"id":"09","token":"new-3"}]';;
esac`,
      });
      const setup = await instance.run("/usr/bin/env", `INFLUX_URL=${url}`, "/usr/local/sbin/influxdb-setup");
      expect(setup.text).toContain("made organisation project with bucket stock");
      expect(setup.code).toBe(0);
      expect(setup.text).toContain("made tokens for setup consumer control reader");
      const kept = { password: "a-long-password", token: "the-token" };
      expect(JSON.parse(await instance.read("/secret-put"))).toEqual({
        ...kept,
        setup: "new-0",
        consumer: "new-1",
        control: "new-2",
        reader: "new-3",
      });
      const calls = await instance.calls();
      const rights = calls.filter((call) => call.startsWith("influx auth create")).map((call) =>
        call.replace(/^.*project | --description.*$/g, "")
      );
      // The secret's double forgets: another run of the set-up makes them again below.
      expect(rights).toEqual([
        "--read-buckets --write-buckets --read-tasks --write-tasks --read-orgs",
        "--read-bucket b1 --write-bucket b1 --read-bucket b2 --write-bucket b2",
        "--read-bucket b1 --read-bucket b2",
        "--read-bucket b1 --read-bucket b2",
      ]);
      expect(calls.some((call) => /a-long-password|the-token|new-\d/.test(call))).toBe(false);
      expect(calls.at(-1)).toBe("systemctl enable --now influxdb-backup.timer");

      const headers = { authorization: "Token the-token" };
      const buckets = await (await fetch(`${url}/api/v2/buckets?name=stock&org=project`, { headers })).json();
      expect(buckets.buckets[0].retentionRules[0].everySeconds).toBe(30 * 86_400);

      const again = await instance.run("/usr/bin/env", `INFLUX_URL=${url}`, "/usr/local/sbin/influxdb-setup");
      expect(again.text).toContain("was set up before");
      expect(again.code).toBe(0);

      const backup = await instance.run(
        "/usr/bin/env",
        `INFLUX_URL=${url}`,
        "/usr/local/sbin/influxdb-backup",
      );
      expect(backup.code).toBe(0);
      const copied = (await instance.calls()).filter((call) => call.startsWith("aws s3 cp"));
      expect(copied.length).toBe(1);
      expect(copied[0]).toMatch(/ \/data\/backup\.\w+ s3:\/\/.+\/\d{4}-\d\d-\d\d\/$/);

      const restore = (day: string) => instance.run("/usr/local/sbin/influxdb-restore", day);
      expect((await restore("2026-11-29")).text).toContain("influxdb-restore: 2026-11-29 is back");
      expect((await restore("2026-11-28")).text).toContain("there is no backup of 2026-11-28");
      expect((await restore("yesterday")).text).toContain("usage: influxdb-restore YYYY-MM-DD");

      const rotated = await instance.run("/usr/local/sbin/influxdb-rotate");
      expect(rotated.text).toBe("old tokens: 08\n");
      const now = JSON.parse(await instance.read("/secret-put"));
      expect(now).toEqual({
        password: "a-long-password",
        token: "new-8",
        setup: "new-9",
        consumer: "new-10",
        control: "new-11",
        reader: "new-12",
      });
      const creates = (await instance.calls()).filter((call) => call.startsWith("influx auth create"));
      expect(creates[8]).toContain("--operator");
    } finally {
      server.kill("SIGTERM");
      await server.status;
      await Deno.remove(folder, { recursive: true });
    }
  },
);

partTest("the NAT instance masquerades once, however often its script runs", INSTANCE, async () => {
  const { user_data } = await renderModule(
    "nat",
    `  vpc_id = "vpc-1"
  subnet_id = "subnet-1"
  private_cidr_blocks = ["10.100.100.0/24"]
  route_table_ids = ["rtb-0"]
  instance_profile = "nat"
  kms_key_arn = "${KEY}"
`,
  ) as { user_data: string };
  const iptables = `case "$call" in
*" -C "*) [ -e /masquerades ];;
*" -A POSTROUTING"*) touch /masquerades;;
esac`;
  const ip = "echo 'default via 10.100.30.1 dev ens5 proto dhcp src 10.100.30.10 metric 512'";
  await using instance = await Instance.boot(filesOf(user_data), {
    sysctl: "",
    systemctl: "",
    // The instance starts before it has its address: the first try finds no way out.
    dnf: "[ -e /tried ] || { touch /tried; exit 1; }",
    sleep: "",
    ip,
    iptables,
    "iptables-save": "echo saved",
  });
  for (let time = 0; time < 2; time++) expect((await instance.run("/usr/local/sbin/nat-setup")).code).toBe(0);
  const calls = await instance.calls();
  expect(calls.slice(0, 3)).toEqual([
    "dnf install -y -q iptables-services",
    "sleep 5",
    "dnf install -y -q iptables-services",
  ]);
  expect(calls.filter((call) => call.includes("-A POSTROUTING"))).toEqual([
    "iptables -t nat -A POSTROUTING -o ens5 -j MASQUERADE",
  ]);
  expect(await instance.read("/etc/sysctl.d/90-nat.conf")).toContain("net.ipv4.ip_forward = 1");
  expect(await instance.read("/etc/sysconfig/iptables")).toBe("saved\n");
});

/** A curl that answers Kafka's archive and its checksum, as Apache writes it. */
function downloads(archive: "good" | "changed"): string {
  return `make() {
  mkdir -p /tmp/k/kafka_2.13-4.3.1/bin
  printf '#!/bin/sh\\necho "$*" > /formatted-with\\n' > /tmp/k/kafka_2.13-4.3.1/bin/kafka-storage.sh
  chmod +x /tmp/k/kafka_2.13-4.3.1/bin/kafka-storage.sh
  [ -e /tmp/k.tgz ] || tar -czf /tmp/k.tgz -C /tmp/k kafka_2.13-4.3.1
}
make
case "$call" in
*.sha512) printf 'kafka_2.13-4.3.1.tgz: '; sha512sum /tmp/k.tgz | cut -d' ' -f1 | tr a-f A-F | sed 's/......../& /g' | fold -w 60;;
*" -o "*) cp /tmp/k.tgz /var/tmp/kafka.tgz; ${
    archive === "changed" ? "echo more >> /var/tmp/kafka.tgz" : ":"
  };;
esac`;
}
