# InfluxDB 2 on one instance: its data on its own volume mounted at /data, organisation `project` and bucket `stock` made at
# the first start, a backup to S3 every night.

data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

locals {
  user_data = join("\n", ["#cloud-config", jsonencode({
    hostname = "database-instance"
    write_files = [
      {
        path        = "/etc/influxdb/setup.env"
        permissions = "0644"
        content = join("\n", [
          "INFLUX_VERSION=${var.influxdb_version}",
          "INFLUX_ORG=${var.organisation}",
          "INFLUX_BUCKET=${var.bucket}",
          "RETENTION_SECONDS=${var.retention_days * 86400}",
          "SECRET_ID=${var.secret_arn}",
          "AWS_DEFAULT_REGION=${var.region}",
          "BACKUP_BUCKET=${aws_s3_bucket.backup.id}",
          "DATA_DEVICE=/dev/sdb",
          "",
        ])
      },
      {
        path        = "/etc/yum.repos.d/influxdata.repo"
        permissions = "0644"
        content     = file("${path.module}/files/influxdata.repo")
      },
      {
        path        = "/etc/systemd/system/influxdb.service.d/tickbell.conf"
        permissions = "0644"
        content     = file("${path.module}/files/influxdb-override.conf")
      },
      {
        path        = "/usr/local/sbin/influxdb-setup"
        permissions = "0755"
        content     = file("${path.module}/files/influxdb-setup.sh")
      },
      {
        path        = "/usr/local/sbin/influxdb-backup"
        permissions = "0755"
        content     = file("${path.module}/files/influxdb-backup.sh")
      },
      {
        path        = "/etc/systemd/system/influxdb-backup.service"
        permissions = "0644"
        content     = file("${path.module}/files/influxdb-backup.service")
      },
      {
        path        = "/etc/systemd/system/influxdb-backup.timer"
        permissions = "0644"
        content     = file("${path.module}/files/influxdb-backup.timer")
      },
    ]
    runcmd = [["/usr/local/sbin/influxdb-setup"]]
  })])
}

resource "aws_security_group" "this" {
  name        = "influxdb"
  description = "InfluxDB: clients from the middleware subnets"
  vpc_id      = var.vpc_id
  tags        = { Name = "influxdb" }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each          = toset(var.client_cidr_blocks)
  security_group_id = aws_security_group.this.id
  description       = "Clients of a middleware subnet"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 8086
  to_port           = 8086
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.this.id
  description       = "Packages, Session Manager, the secret, backups"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_instance" "this" {
  #checkov:skip=CKV_AWS_135:t2 instances know no EBS optimisation, and asking for it fails; later families are optimised always
  ami                         = data.aws_ssm_parameter.image.insecure_value
  instance_type               = var.instance_type
  subnet_id                   = var.subnet_id
  private_ip                  = var.private_ip
  vpc_security_group_ids      = [aws_security_group.this.id]
  iam_instance_profile        = var.instance_profile
  monitoring                  = true
  user_data                   = local.user_data
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
  tags = { Name = "database-instance" }
  lifecycle {
    ignore_changes = [ami, user_data]
  }
}

resource "aws_ebs_volume" "data" {
  availability_zone = var.zone
  type              = "gp3"
  size              = var.data_gb
  encrypted         = true
  kms_key_id        = var.kms_key_arn
  tags              = { Name = "database-instance-data", Backup = "daily" }
}

resource "aws_volume_attachment" "data" {
  device_name = "/dev/sdb"
  volume_id   = aws_ebs_volume.data.id
  instance_id = aws_instance.this.id
}

resource "aws_s3_bucket" "backup" {
  #checkov:skip=CKV_AWS_18:who reads it is in CloudTrail
  #checkov:skip=CKV2_AWS_62:nothing waits for its objects
  #checkov:skip=CKV_AWS_144:one region is the design; the costs of a copy are in docs/deployment/costs.md
  bucket        = "${var.name}-influxdb-backup-${var.account_id}"
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_public_access_block" "backup" {
  bucket                  = aws_s3_bucket.backup.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "backup" {
  bucket = aws_s3_bucket.backup.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "backup" {
  bucket = aws_s3_bucket.backup.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
    bucket_key_enabled = true
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "backup" {
  bucket = aws_s3_bucket.backup.id
  rule {
    id     = "expire"
    status = "Enabled"
    filter {}
    expiration {
      days = var.backup_days
    }
    noncurrent_version_expiration {
      noncurrent_days = 7
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}
