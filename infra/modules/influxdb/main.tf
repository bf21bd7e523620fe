# InfluxDB 2 on one instance: its data on its own volume mounted at /data, organisation `project` and bucket `stock` made at
# the first start, a backup to S3 every night.

module "security_group" {
  source      = "../security_group"
  name        = "influxdb"
  description = "InfluxDB: clients from the middleware subnets"
  vpc_id      = var.vpc_id
  ingress = { for cidr in var.client_cidr_blocks : "clients-${cidr}" => {
    description = "Clients of a middleware subnet"
    port        = 8086
    cidr        = cidr
  } }
}

module "instance" {
  source            = "../instance"
  name              = "database-instance"
  instance_type     = var.instance_type
  subnet_id         = var.subnet_id
  zone              = var.zone
  private_ip        = var.private_ip
  security_group_id = module.security_group.id
  instance_profile  = var.instance_profile
  data_gb           = var.data_gb
  final_snapshot    = var.final_snapshot
  kms_key_arn       = var.kms_key_arn
  files = {
    "/etc/influxdb/setup.env" = { content = join("\n", [
      "INFLUX_VERSION=${var.influxdb_version}",
      "INFLUX_ORG=${var.organisation}",
      "INFLUX_BUCKET=${var.bucket}",
      "RETENTION_SECONDS=${var.retention_days * 86400}",
      "SECRET_ID=${var.secret_arn}",
      "AWS_DEFAULT_REGION=${var.region}",
      "BACKUP_BUCKET=${module.backup.id}",
      "DATA_DEVICE=/dev/sdb",
      "",
    ]) }
    "/etc/yum.repos.d/influxdata.repo"                     = { content = file("${path.module}/files/influxdata.repo") }
    "/etc/systemd/system/influxdb.service.d/tickbell.conf" = { content = file("${path.module}/files/influxdb-override.conf") }
    "/usr/local/sbin/influxdb-setup"                       = { content = file("${path.module}/files/influxdb-setup.sh") }
    "/usr/local/sbin/influxdb-backup"                      = { content = file("${path.module}/files/influxdb-backup.sh") }
    "/usr/local/sbin/influxdb-restore"                     = { content = file("${path.module}/files/influxdb-restore.sh") }
    "/usr/local/sbin/influxdb-rotate"                      = { content = file("${path.module}/files/influxdb-rotate.sh") }
    "/usr/local/sbin/influxdb-tokens"                      = { content = file("${path.module}/files/influxdb-tokens.sh") }
    "/usr/local/lib/tickbell/secret.sh"                    = { content = file("${path.module}/files/secret.sh") }
    "/usr/local/lib/tickbell/service-report.sh"            = { content = file("${path.module}/files/service-report.sh") }
    "/etc/systemd/system/influxdb-backup.service"          = { content = file("${path.module}/files/influxdb-backup.service") }
    "/etc/systemd/system/influxdb-backup.timer"            = { content = file("${path.module}/files/influxdb-backup.timer") }
  }
  run = "/usr/local/sbin/influxdb-setup"
}

module "backup" {
  source             = "../bucket"
  bucket             = "${var.name}-influxdb-backup-${var.account_id}"
  kms_key_arn        = var.kms_key_arn
  keep_days          = var.backup_days
  keep_versions_days = 7
  force_destroy      = var.force_destroy
}
