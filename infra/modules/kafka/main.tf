# Three Kafka nodes in KRaft mode, each broker and controller, outside EKS on purpose (docs/deployment/costs.md). Addresses
# and data volumes are fixed: a replaced instance takes its place in the quorum again and finds its data.

locals {
  nodes = { for i, address in var.broker_ips : "kafka-instance-${i + 1}" => {
    id        = i + 1
    ip        = address
    subnet_id = var.subnet_ids[i % length(var.subnet_ids)]
    zone      = var.zones[i % length(var.zones)]
  } }
  peers = { brokers = local.admin_port, controllers = 9093 }
  # Where the nodes talk to each other, and their own tools to them.
  admin_port = var.tls ? 9094 : 9092
  bootstrap  = join(",", [for address in var.broker_ips : "${address}:9092"])
  voters     = join(",", [for i, address in var.broker_ips : "${i + 1}@${address}:9093"])

  # 22 characters of base64url are a UUID of 16 bytes: the last one carries two bits only. The same name, the same id.
  cluster_id = var.cluster_id != "" ? var.cluster_id : format("T%sg", substr(replace(replace(base64sha256("kafka ${var.name}"), "+", "-"), "/", "_"), 0, 20))

  server_properties = { for name, node in local.nodes : name => templatefile("${path.module}/files/server.properties.tftpl", {
    node               = node
    voters             = local.voters
    tls                = var.tls
    tls_folder         = "/etc/kafka/tls"
    super_users        = join(";", [for user in concat(keys(local.nodes), ["topics"]) : "User:${user}"])
    data_folder        = "/data/kafka"
    partitions         = var.default_partitions
    retention_hours    = var.retention_hours
    replication_factor = min(3, length(var.broker_ips))
    min_isr            = 2
  }) }
}

# Certificates and passwords are fetched from the secret by the node itself: user data holds none.
locals {
  tls_files = { for file, name in {
    "/etc/kafka/admin.properties"       = "admin.properties"
    "/usr/local/sbin/kafka-certificate" = "kafka-certificate.sh"
    "/usr/local/sbin/kafka-users"       = "kafka-users.sh"
  } : file => { content = file("${path.module}/files/${name}") } if var.tls }
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
  final_snapshot    = var.final_snapshots
  kms_key_arn       = var.kms_key_arn
  files = merge(local.tls_files, {
    "/etc/kafka/server.properties" = { content = local.server_properties[each.key] }
    "/etc/kafka/setup.env" = { content = join("\n", [
      "KAFKA_VERSION=${var.kafka_version}",
      "KAFKA_SHA512=${var.kafka_sha512}",
      "KAFKA_MIRROR=${var.kafka_mirror}",
      "KAFKA_CHECKSUMS=${var.kafka_checksums}",
      "CLUSTER_ID=${local.cluster_id}",
      "DATA_DEVICE=/dev/sdb",
      "NODE=${each.key}",
      "NODE_COUNT=${length(var.broker_ips)}",
      "ADMIN_BROKERS=${join(",", [for address in var.broker_ips : "${address}:${local.admin_port}"])}",
      "ADMIN_CONFIG=${var.tls ? "/etc/kafka/admin.properties" : ""}",
      "SECRET_ID=${var.tls ? var.secret_arn : ""}",
      "AWS_DEFAULT_REGION=${var.region}",
      "USERS='${join(" ", var.users)}'",
      "",
    ]) }
    "/etc/kafka/kafka.env"                      = { content = "KAFKA_HEAP_OPTS=-Xms${var.heap_mb}m -Xmx${var.heap_mb}m\nLOG_DIR=/var/log/kafka\n" }
    "/etc/systemd/system/kafka.service"         = { content = file("${path.module}/files/kafka.service") }
    "/usr/local/sbin/kafka-setup"               = { content = file("${path.module}/files/kafka-setup.sh") }
    "/usr/local/sbin/kafka-insync"              = { content = file("${path.module}/files/kafka-insync.sh") }
    "/usr/local/lib/tickbell/service-report.sh" = { content = file("${path.module}/files/service-report.sh") }
  })
  run = "/usr/local/sbin/kafka-setup"
}

resource "aws_ssm_parameter" "bootstrap" {
  name        = "/${var.name}/kafka/bootstrap"
  description = "Brokers of the cluster, host:port separated by commas"
  type        = "SecureString"
  key_id      = var.kms_key_arn
  value       = local.bootstrap
}
