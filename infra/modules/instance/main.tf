# One instance of Amazon Linux 2023 with what cloud-init writes on it, and a data volume of its own when it keeps data. Its
# address and its volume outlive it: a replaced instance is found at the same place and finds its data.

locals {
  has_data = var.data_gb > 0
  # A zone is its region and a letter.
  region = var.zone == null ? "" : replace(var.zone, "/[a-z]$/", "")

  # What every instance brings, before its own files.
  files = merge(
    { "/usr/local/lib/tickbell/setup.sh" = { content = file("${path.module}/files/setup.sh") } },
    local.has_data ? {
      "/usr/local/sbin/instance-report"             = { content = file("${path.module}/files/instance-report.sh") }
      "/etc/systemd/system/instance-report.service" = { content = replace(file("${path.module}/files/instance-report.service"), "@REGION@", local.region) }
      "/etc/systemd/system/instance-report.timer"   = { content = file("${path.module}/files/instance-report.timer") }
    } : {},
    var.files,
  )

  user_data = join("\n", ["#cloud-config", jsonencode({
    hostname = var.name
    write_files = [for path, file in local.files : {
      path        = path
      permissions = endswith(dirname(path), "/sbin") ? "0755" : "0644"
      content     = file.content
    }]
    runcmd = [[var.run]]
  })])
}

data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

# Its own resource, so that it outlives the instance: the address stays taken while there is no instance (VPC CNI takes pods'
# addresses from the same subnets), and the routes and the public address that lead to it stay as they are.
resource "aws_network_interface" "this" {
  subnet_id         = var.subnet_id
  private_ips       = var.private_ip == null ? null : [var.private_ip]
  security_groups   = [var.security_group_id]
  source_dest_check = var.source_dest_check
  tags              = { Name = var.name }
}

resource "aws_instance" "this" {
  #checkov:skip=CKV_AWS_135:t2 instances know no EBS optimisation, and asking for it fails; later families are optimised always
  ami                  = data.aws_ssm_parameter.image.insecure_value
  instance_type        = var.instance_type
  iam_instance_profile = var.instance_profile
  monitoring           = true
  user_data            = local.user_data
  primary_network_interface {
    network_interface_id = aws_network_interface.this.id
  }
  # A changed configuration or image is rolled out instance by instance, not by Terraform all at once: docs/deployment/upgrade.md.
  user_data_replace_on_change = false
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
  root_block_device {
    volume_type = "gp3"
    volume_size = var.root_gb
    encrypted   = true
    kms_key_id  = var.kms_key_arn
  }
  tags = { Name = var.name }
  lifecycle {
    ignore_changes = [ami, user_data]
  }
}

resource "aws_ebs_volume" "data" {
  count             = local.has_data ? 1 : 0
  availability_zone = var.zone
  type              = "gp3"
  size              = var.data_gb
  encrypted         = true
  kms_key_id        = var.kms_key_arn
  # Whatever takes it away, a snapshot of it stays.
  final_snapshot = var.final_snapshot
  tags           = { Name = "${var.name}-data", Backup = "daily" }
  lifecycle {
    precondition {
      condition     = var.zone != null
      error_message = "An instance with a data volume needs its zone: the volume must be in it."
    }
  }
}

resource "aws_volume_attachment" "data" {
  count       = local.has_data ? 1 : 0
  device_name = "/dev/sdb"
  volume_id   = aws_ebs_volume.data[0].id
  instance_id = aws_instance.this.id
  # A mounted volume is not let go: without this, destroy and every replacement wait for ever.
  stop_instance_before_detaching = true
}
