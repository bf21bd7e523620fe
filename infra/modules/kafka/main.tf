# Three Kafka nodes in KRaft mode, each broker and controller, outside EKS on purpose (docs/deployment/costs.md). Addresses
# and data volumes are fixed: a replaced instance takes its place in the quorum again and finds its data.

locals {
  nodes = { for i, address in var.broker_ips : "kafka-instance-${i + 1}" => {
    id        = i + 1
    ip        = address
    subnet_id = var.subnet_ids[i % length(var.subnet_ids)]
    zone      = var.zones[i % length(var.zones)]
  } }
  peers     = { brokers = 9092, controllers = 9093 }
  bootstrap = join(",", [for address in var.broker_ips : "${address}:9092"])
  voters    = join(",", [for i, address in var.broker_ips : "${i + 1}@${address}:9093"])

  # 22 characters of base64url are a UUID of 16 bytes: the last one carries two bits only. The same name, the same id.
  cluster_id = var.cluster_id != "" ? var.cluster_id : format("T%sg", substr(replace(replace(base64sha256("kafka ${var.name}"), "+", "-"), "/", "_"), 0, 20))

  server_properties = { for name, node in local.nodes : name => templatefile("${path.module}/files/server.properties.tftpl", {
    node               = node
    voters             = local.voters
    data_folder        = "/data/kafka"
    partitions         = var.default_partitions
    retention_hours    = var.retention_hours
    replication_factor = min(3, length(var.broker_ips))
    min_isr            = 2
  }) }
}

module "security_group" {
  source      = "../security_group"
  name        = "kafka"
  description = "Kafka: clients from the middleware subnets, controllers among the nodes"
  vpc_id      = var.vpc_id
  ingress = merge(
    { for cidr in var.client_cidr_blocks : "clients-${cidr}" => { description = "Clients of a middleware subnet", port = 9092, cidr = cidr } },
    { for name, port in local.peers : name => { description = "Among the nodes: ${name}", port = port, self = true } },
  )
  egress = { for name, port in local.peers : name => { description = "Among the nodes: ${name}", port = port, self = true } }
}

module "node" {
  source            = "../instance"
  for_each          = local.nodes
  name              = each.key
  instance_type     = var.instance_type
  subnet_id         = each.value.subnet_id
  zone              = each.value.zone
  private_ip        = each.value.ip
  security_group_id = module.security_group.id
  instance_profile  = var.instance_profile
  data_gb           = var.data_gb
  kms_key_arn       = var.kms_key_arn
  files = {
    "/etc/kafka/server.properties" = { content = local.server_properties[each.key] }
    "/etc/kafka/setup.env" = { content = join("\n", [
      "KAFKA_VERSION=${var.kafka_version}",
      "KAFKA_SHA512=${var.kafka_sha512}",
      "KAFKA_MIRROR=${var.kafka_mirror}",
      "KAFKA_CHECKSUMS=${var.kafka_checksums}",
      "CLUSTER_ID=${local.cluster_id}",
      "DATA_DEVICE=/dev/sdb",
      "",
    ]) }
    "/etc/kafka/kafka.env"              = { content = "KAFKA_HEAP_OPTS=-Xms${var.heap_mb}m -Xmx${var.heap_mb}m\nLOG_DIR=/var/log/kafka\n" }
    "/etc/systemd/system/kafka.service" = { content = file("${path.module}/files/kafka.service") }
    "/usr/local/sbin/kafka-setup"       = { content = file("${path.module}/files/kafka-setup.sh") }
  }
  run = "/usr/local/sbin/kafka-setup"
}

resource "aws_ssm_parameter" "bootstrap" {
  name        = "/${var.name}/kafka/bootstrap"
  description = "Brokers of the cluster, host:port separated by commas"
  type        = "SecureString"
  key_id      = var.kms_key_arn
  value       = local.bootstrap
}
