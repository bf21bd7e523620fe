import { TOPIC_SPECS, TOPICS } from "../../../src/ports/topics.ts";
import {
  ADDRESS,
  choice,
  flag,
  integer,
  item,
  list,
  nonempty,
  object,
  OBJECT_NAME,
  REGION,
  type Schema,
  text,
  textOrNothing,
  texts,
  TOPIC,
} from "./fields.ts";

/** An amount of CPU or memory, as Kubernetes writes it; YAML makes a number of a plain one. */
const AMOUNT: Schema = {
  type: ["string", "number"],
  pattern: "^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$",
};
const AMOUNTS = object("Amounts.", { cpu: AMOUNT, memory: AMOUNT, "ephemeral-storage": AMOUNT });
const RESOURCES = object("Requests and limits.", { requests: AMOUNTS, limits: AMOUNTS });
const SETTINGS: Schema = {
  description: "Settings, TICKBELL_NAME: value.",
  type: "object",
  additionalProperties: { type: ["string", "number", "boolean"] },
  propertyNames: { pattern: "^TICKBELL_[A-Z0-9_]+$" },
};

/** The topics that the chart names under `topics`; the original names those of trades, quotes and alerts elsewhere. */
const OTHER_TOPICS = Object.fromEntries(
  TOPICS.filter((topic) => !["trades", "quotes", "alerts"].includes(topic)).map((topic) => [
    topic,
    text(`Topic of ${TOPIC_SPECS[topic].content}.`, TOPIC),
  ]),
);

/** What every role has. */
const ROLE = {
  replicaCount: integer("Pods; ignored while autoscaling is on.", 0, 1000),
  resources: RESOURCES,
  settings: SETTINGS,
  nodeSelector: texts("Labels of the nodes to run on."),
  tolerations: list("Taints that are borne.", { type: "object" }),
};

const AUTOSCALING = object("Pods by consumer lag.", {
  enabled: flag("On."),
  provider: choice("What scales.", ["keda", "hpa"]),
  minReplicas: integer("Fewest pods.", 1, 1000),
  maxReplicas: integer("Most pods, at most global.partitions; 0 takes that.", 0, 1000),
  lagPerReplica: integer("Records of lag a pod is given.", 1, 100000000),
});

const GLOBAL = object("What all roles share.", {
  namespace: text(
    "Namespace of every object; empty: the release's.",
    "^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$",
  ),
  ecrNumber: {
    description: "Account of the registry.",
    type: ["string", "integer"],
    pattern: "^([0-9]{12})?$",
  },
  HOKA_TOPIC: text("Topic of the quotes.", TOPIC),
  CONCLUSION_TOPIC: text("Topic of the trades.", TOPIC),
  kafka_broker_address: {
    description: "Brokers: host:port separated by commas, or a list.",
    oneOf: [
      { type: "string", pattern: "^([A-Za-z0-9._-]+:[0-9]{1,5}(,\\s*[A-Za-z0-9._-]+:[0-9]{1,5})*)?$" },
      { type: "array", minItems: 1, items: { type: "string", pattern: "^[A-Za-z0-9._-]+:[0-9]{1,5}$" } },
    ],
  },
  region: text("AWS region.", REGION),
  image: object("Images.", {
    registry: text("Registry, wins over ecrNumber."),
    tag: text("Commit.", "^[A-Za-z0-9_.-]{0,128}$"),
    pullPolicy: choice("When to pull.", ["IfNotPresent", "Always", "Never"]),
    pullSecrets: list(
      "Pull secrets.",
      object("One.", {
        name: text("Name.", OBJECT_NAME),
      }, { required: ["name"] }),
    ),
  }),
  topics: object("The other topics.", {
    ...OTHER_TOPICS,
    create: flag("Make them before each install and upgrade."),
  }),
  partitions: integer("Partitions of the co-partitioned topics.", 1, 1000),
  replicationFactor: integer("Copies of each partition.", 1, 7),
  minInsyncReplicas: integer("Copies that acknowledge.", 1, 7),
  groupPrefix: text("Prefix of consumer groups.", "^[A-Za-z0-9._-]{1,100}$"),
  kafka: object("How brokers are reached.", {
    tls: flag("TLS."),
    saslMechanism: choice("SASL.", ["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]),
    existingSecret: text("Secret with username and password.", OBJECT_NAME),
    roleSecrets: {
      description: "Secrets of roles with credentials of their own.",
      type: "object",
      propertyNames: { enum: ["producer", "stream", "consumer", "notifier", "control", "topics"] },
      additionalProperties: item(OBJECT_NAME),
    },
    caSecret: text("Secret with ca.crt.", OBJECT_NAME),
    allowRoles: flag("The topics Job allows each role what it needs."),
    hosts: list("Hosts of all brokers.", item("^[A-Za-z0-9.*:/_-]+$")),
  }),
  logSecret: object("Seals of the records that give power.", {
    existingSecret: text("Secret with the key secret.", OBJECT_NAME),
    acceptUnsealed: flag("Believe records without a seal too."),
  }),
  logLevel: choice("Least level of log.", ["debug", "info", "warning", "error"]),
  settings: SETTINGS,
  terminationGracePeriodSeconds: integer("Seconds to finish a batch.", 10, 600),
  podAnnotations: texts("Annotations of pods."),
  podLabels: texts("Labels of pods."),
  priorityClassName: text("Priority class of the pods.", OBJECT_NAME),
  networkPolicy: object("What may talk to what.", {
    enabled: flag("On."),
    dataCidrs: list("Where Kafka and InfluxDB are.", item("^[0-9.]+/[0-9]+$")),
    dataPods: list(
      "Kafka and InfluxDB as pods: peers of a NetworkPolicy.",
      object("Peer.", {
        podSelector: { description: "Pods.", type: "object" },
        namespaceSelector: { description: "Namespaces.", type: "object" },
      }),
    ),
    dnsNamespaces: list("Who answers DNS.", text("Namespace."), { minItems: 1 }),
    dnsCidrs: list("Addresses of the node that answer DNS.", item("^[0-9.]+/[0-9]+$")),
    monitoringNamespaces: list("Who scrapes.", text("Namespace."), { minItems: 1 }),
    ingressNamespaces: list("Who reaches control.", text("Namespace.")),
    feedPorts: list("Ports of the feed.", integer("Port.", 1, 65535), { minItems: 1 }),
    mailPorts: list("Ports of mail.", integer("Port.", 1, 65535), { minItems: 1 }),
    privateCidrs: list("Where webhooks do not lead.", item("^[0-9.]+/[0-9]+$")),
  }),
  monitoring: object("Metrics, alert rules, dashboards.", {
    serviceMonitor: flag("ServiceMonitor."),
    prometheusRule: flag("PrometheusRule."),
    dashboards: flag("Dashboards as ConfigMaps."),
    labels: texts("Labels the operator selects by."),
    interval: text("Scrape interval.", "^[0-9]+(ms|s|m)$"),
  }),
});

const PRODUCER = object("The market feed.", {
  ...ROLE,
  enabled: flag("Install it."),
  stockCode: {
    description: "Six characters in quotes; a number is read as YAML read it.",
    type: ["string", "number", "null"],
  },
  symbols: list("Symbols to follow.", { type: ["string", "number"] }, { uniqueItems: true }),
  source: choice("Where ticks come from.", ["", "kis", "simulator", "replay"]),
  kisEnvironment: choice("KIS: real or paper.", ["real", "paper"]),
  appKey: textOrNothing("KIS's app keys, separated by commas."),
  appSecret: textOrNothing("KIS's app secrets, separated by commas."),
  existingSecret: text("Secret with app-keys and app-secrets.", OBJECT_NAME),
  global: { type: "object" },
});

const CONSUMER = object("Prices into InfluxDB.", {
  ...ROLE,
  enabled: flag("Install it."),
  influxDBUrl: textOrNothing("InfluxDB's API.", ADDRESS),
  influxDBToken: textOrNothing("InfluxDB's token."),
  existingSecret: text("Secret with token, which reads and writes its buckets.", OBJECT_NAME),
  readSecret: text("Secret with token, which reads them: control's; empty: the consumer's.", OBJECT_NAME),
  setupSecret: text("Secret with token, which makes buckets and tasks: the topics Job's.", OBJECT_NAME),
  influxDBOrg: nonempty("InfluxDB's organisation."),
  influxDBBucket: nonempty("InfluxDB's bucket."),
  autoscaling: AUTOSCALING,
  global: { type: "object" },
});

const STREAM = object("Rules and trades in, alerts out.", {
  ...ROLE,
  destinationTopic: text("Topic of the alerts.", TOPIC),
  notiType: choice("The original's kind of rule.", [
    "",
    "상/하한가",
    "등락률",
    "목표가",
    "전일대비",
    "price_limit",
    "change_rate",
    "target_price",
    "day_change",
    "fluctuation",
    "goal",
    "compared_previous",
  ]),
  userCondition: text("The original's condition: 53200|미만."),
  recipients: list("Who gets that rule's mails.", { type: "string", minLength: 3 }, { maxItems: 50 }),
  autoscaling: AUTOSCALING,
});

const CONTROL = object("API and console.", {
  ...ROLE,
  enabled: flag("Install it."),
  existingSecret: text("Secret with key.", OBJECT_NAME),
  consoleUrl: text("Where users reach the console.", ADDRESS),
  service: object("Its Service.", {
    type: choice("Kind.", ["ClusterIP", "NodePort", "LoadBalancer"]),
    port: integer("Port.", 1, 65535),
  }),
  ingress: object("Its Ingress.", {
    enabled: flag("On."),
    className: text("Ingress class."),
    host: text("Host name.", OBJECT_NAME),
    annotations: texts("Annotations."),
    tlsSecret: text("Secret with the certificate.", OBJECT_NAME),
  }),
  lambdaTable: text("Table of the Lambda's ledger.", "^([A-Za-z0-9._-]{3,255})?$"),
  sesTopics: list("SNS topics that are believed.", item("^arn:aws[a-z-]*:sns:")),
});

const NOTIFIER = object("Alerts to people.", {
  ...ROLE,
  enabled: flag("Install it."),
  mail: choice("How mails leave.", ["", "ses", "smtp", "outbox"]),
  mailFrom: text("The sender.", "^([^@\\s]+@[^@\\s]+)?$"),
  sesRegion: text("Region of SES.", REGION),
  existingSecret: text("Secret of the keys in secretKeys.", OBJECT_NAME),
  secretKeys: list("Keys of that Secret.", {
    enum: [
      "webhook-secret",
      "link-secret",
      "telegram-token",
      "smtp-url",
      "ntfy-token",
      "sms-secret",
      "push-keys",
    ],
  }, { uniqueItems: true }),
  autoscaling: AUTOSCALING,
});

/** Values of helm/monitoring. */
export const MONITORING = {
  global: { type: "object" },
  grafana: object("Grafana.", {
    image: nonempty("Image."),
    existingSecret: text("Secret with user and password."),
    resources: RESOURCES,
  }),
  prometheus: object("Prometheus.", {
    enabled: flag("Install it."),
    image: nonempty("Image."),
    url: text("Another Prometheus that Grafana asks.", ADDRESS),
    namespace: nonempty("Namespace whose pods are scraped."),
    retention: text("How long.", "^[0-9]+(h|d|w|y)$"),
    storage: text("Size of the disk.", "^[1-9][0-9]*Gi$"),
    storageClass: text("Storage class."),
    persistence: flag("Keep metrics."),
    resources: RESOURCES,
    alertmanagers: list("host:port.", item("^[A-Za-z0-9.-]+:[0-9]+$")),
  }),
  alertmanager: object("Who is called.", {
    image: nonempty("Image."),
    resources: RESOURCES,
    snsTopic: text(
      "Topic that rings the receivers.",
      "^(arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]+)?$",
    ),
    snsRegion: text("Region of the topic.", REGION),
    snsUrl: text("Another address of SNS.", ADDRESS),
    slackSecret: text("Secret with url.", OBJECT_NAME),
    slackChannel: text("Channel."),
    webhooks: list("Webhooks of a paging service.", item("^https?://[^ ]+$")),
    heartbeat: text("Called every minute while all is well.", ADDRESS),
  }),
  influxdb: object("InfluxDB.", {
    url: text("API.", ADDRESS),
    existingSecret: text("Secret with token."),
  }),
};

/** Values of helm/stock-app; producer and consumer are their subcharts' too. */
export const STOCK_APP = {
  global: GLOBAL,
  producer: PRODUCER,
  consumer: CONSUMER,
  stream: STREAM,
  control: CONTROL,
  notifier: NOTIFIER,
};
