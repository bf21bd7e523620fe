# A NAT instance: at this traffic a tenth of a NAT gateway's price (docs/deployment/costs.md). One small instance with
# masquerade; the default routes of the chosen private route tables lead to it.

data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

resource "aws_security_group" "this" {
  name        = "nat-instance"
  description = "The private subnets' way out"
  vpc_id      = var.vpc_id
  tags        = { Name = "nat-instance" }
}

resource "aws_vpc_security_group_ingress_rule" "private" {
  for_each          = { for pair in setproduct(var.private_cidr_blocks, var.egress_tcp_ports) : "${pair[0]}-${pair[1]}" => pair }
  security_group_id = aws_security_group.this.id
  description       = "From a private subnet to be passed on, port ${each.value[1]}"
  cidr_ipv4         = each.value[0]
  ip_protocol       = "tcp"
  from_port         = each.value[1]
  to_port           = each.value[1]
}

resource "aws_vpc_security_group_egress_rule" "out" {
  for_each          = toset([for port in var.egress_tcp_ports : tostring(port)])
  security_group_id = aws_security_group.this.id
  description       = "Passed on, port ${each.value}"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.value)
  to_port           = tonumber(each.value)
}

resource "aws_instance" "this" {
  #checkov:skip=CKV_AWS_135:t2 instances know no EBS optimisation, and asking for it fails; later families are optimised always
  ami                    = data.aws_ssm_parameter.image.insecure_value
  instance_type          = var.instance_type
  subnet_id              = var.subnet_id
  vpc_security_group_ids = [aws_security_group.this.id]
  iam_instance_profile   = var.instance_profile
  source_dest_check      = false
  monitoring             = true
  user_data              = local.user_data
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
  root_block_device {
    volume_type = "gp3"
    volume_size = 8
    encrypted   = true
    kms_key_id  = var.kms_key_arn
  }
  tags = { Name = "nat-instance" }
  lifecycle {
    # A newer image does not replace a running instance by itself: docs/deployment/upgrade.md.
    ignore_changes = [ami]
  }
}

resource "aws_eip" "this" {
  domain   = "vpc"
  instance = aws_instance.this.id
  tags     = { Name = "nat-instance" }
}

resource "aws_route" "default" {
  count                  = length(var.route_table_ids)
  route_table_id         = var.route_table_ids[count.index]
  destination_cidr_block = "0.0.0.0/0"
  network_interface_id   = aws_instance.this.primary_network_interface_id
}

locals {
  user_data = join("\n", ["#cloud-config", jsonencode({
    packages = ["iptables-services"]
    write_files = [
      {
        path        = "/etc/sysctl.d/90-nat.conf"
        permissions = "0644"
        content     = "net.ipv4.ip_forward = 1\n"
      },
      {
        path        = "/usr/local/sbin/nat-setup"
        permissions = "0755"
        content     = file("${path.module}/files/nat-setup.sh")
      },
    ]
    runcmd = [["/usr/local/sbin/nat-setup"]]
  })])
}
