# Three Kafka nodes in KRaft mode, each broker and controller, outside EKS on purpose (docs/deployment/costs.md). Addresses
# and data volumes are fixed: a replaced instance takes its place in the quorum again and finds its data.

locals {
  nodes = { for i, address in var.broker_ips : "kafka-instance-${i + 1}" => {
    id        = i + 1
    ip        = address
    subnet_id = var.subnet_ids[i % length(var.subnet_ids)]
    zone      = var.zones[i % length(var.zones)]
  } }
  voters = join(",", [for i, address in var.broker_ips : "${i + 1}@${address}:9093"])

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

  user_data = { for name, node in local.nodes : name => join("\n", ["#cloud-config", jsonencode({
    hostname = name
    write_files = [
      {
        path        = "/etc/kafka/server.properties"
        permissions = "0644"
        content     = local.server_properties[name]
      },
      {
        path        = "/etc/kafka/setup.env"
        permissions = "0644"
        content = join("\n", [
          "KAFKA_VERSION=${var.kafka_version}",
          "KAFKA_SHA512=${var.kafka_sha512}",
          "KAFKA_MIRROR=${var.kafka_mirror}",
          "KAFKA_CHECKSUMS=${var.kafka_checksums}",
          "CLUSTER_ID=${local.cluster_id}",
          "DATA_DEVICE=/dev/sdb",
          "",
        ])
      },
      {
        path        = "/etc/kafka/kafka.env"
        permissions = "0644"
        content     = "KAFKA_HEAP_OPTS=-Xms${var.heap_mb}m -Xmx${var.heap_mb}m\nLOG_DIR=/var/log/kafka\n"
      },
      {
        path        = "/etc/systemd/system/kafka.service"
        permissions = "0644"
        content     = file("${path.module}/files/kafka.service")
      },
      {
        path        = "/usr/local/sbin/kafka-setup"
        permissions = "0755"
        content     = file("${path.module}/files/kafka-setup.sh")
      },
    ]
    runcmd = [["/usr/local/sbin/kafka-setup"]]
  })]) }
}

data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

resource "aws_security_group" "this" {
  name        = "kafka"
  description = "Kafka: clients from the middleware subnets, controllers among the nodes"
  vpc_id      = var.vpc_id
  tags        = { Name = "kafka" }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each          = toset(var.client_cidr_blocks)
  security_group_id = aws_security_group.this.id
  description       = "Clients of a middleware subnet"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 9092
  to_port           = 9092
}

resource "aws_vpc_security_group_ingress_rule" "nodes" {
  for_each                     = { brokers = 9092, controllers = 9093 }
  security_group_id            = aws_security_group.this.id
  description                  = "Among the nodes: ${each.key}"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

resource "aws_vpc_security_group_egress_rule" "nodes" {
  for_each                     = { brokers = 9092, controllers = 9093 }
  security_group_id            = aws_security_group.this.id
  description                  = "Among the nodes: ${each.key}"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.this.id
  description       = "Packages, Kafka's archive, Session Manager"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_instance" "this" {
  #checkov:skip=CKV_AWS_135:t2 instances know no EBS optimisation, and asking for it fails; later families are optimised always
  for_each               = local.nodes
  ami                    = data.aws_ssm_parameter.image.insecure_value
  instance_type          = var.instance_type
  subnet_id              = each.value.subnet_id
  private_ip             = each.value.ip
  vpc_security_group_ids = [aws_security_group.this.id]
  iam_instance_profile   = var.instance_profile
  monitoring             = true
  user_data              = local.user_data[each.key]
  # A changed configuration is rolled out node by node, not by Terraform all at once: docs/deployment/upgrade.md.
  user_data_replace_on_change = false
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
  root_block_device {
    volume_type = "gp3"
    volume_size = 16
    encrypted   = true
    kms_key_id  = var.kms_key_arn
  }
  tags = { Name = each.key }
  lifecycle {
    ignore_changes = [ami, user_data]
  }
}

resource "aws_ebs_volume" "data" {
  for_each          = local.nodes
  availability_zone = each.value.zone
  type              = "gp3"
  size              = var.data_gb
  encrypted         = true
  kms_key_id        = var.kms_key_arn
  tags              = { Name = "${each.key}-data", Backup = "daily" }
}

resource "aws_volume_attachment" "data" {
  for_each    = local.nodes
  device_name = "/dev/sdb"
  volume_id   = aws_ebs_volume.data[each.key].id
  instance_id = aws_instance.this[each.key].id
}

resource "aws_ssm_parameter" "bootstrap" {
  name        = "/${var.name}/kafka/bootstrap"
  description = "Brokers of the cluster, host:port separated by commas"
  type        = "SecureString"
  key_id      = var.kms_key_arn
  value       = join(",", [for address in var.broker_ips : "${address}:9092"])
}
