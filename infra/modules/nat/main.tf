# A NAT instance: at this traffic a tenth of a NAT gateway's price (docs/deployment/costs.md). One small instance with
# masquerade; the default routes of the chosen private route tables lead to it.

module "security_group" {
  source      = "../security_group"
  name        = "nat-instance"
  description = "The private subnets' way out"
  vpc_id      = var.vpc_id
  ingress = { for pair in setproduct(var.private_cidr_blocks, var.egress_tcp_ports) : "${pair[0]}-${pair[1]}" => {
    description = "From a private subnet to be passed on, port ${pair[1]}"
    port        = pair[1]
    cidr        = pair[0]
  } }
  egress_https = false
  egress = { for port in var.egress_tcp_ports : tostring(port) => {
    description = "Passed on, port ${port}"
    port        = port
    cidr        = "0.0.0.0/0"
  } }
}

module "instance" {
  source            = "../instance"
  name              = "nat-instance"
  instance_type     = var.instance_type
  subnet_id         = var.subnet_id
  security_group_id = module.security_group.id
  instance_profile  = var.instance_profile
  source_dest_check = false
  root_gb           = 8
  kms_key_arn       = var.kms_key_arn
  files = {
    "/etc/sysctl.d/90-nat.conf" = { content = "net.ipv4.ip_forward = 1\n" }
    "/usr/local/sbin/nat-setup" = { content = file("${path.module}/files/nat-setup.sh") }
  }
  run = "/usr/local/sbin/nat-setup"
}

resource "aws_eip" "this" {
  #checkov:skip=CKV2_AWS_19:it is on the instance's interface, which outlives the instance
  domain            = "vpc"
  network_interface = module.instance.network_interface_id
  tags              = { Name = "nat-instance" }
}

resource "aws_route" "default" {
  count                  = length(var.route_table_ids)
  route_table_id         = var.route_table_ids[count.index]
  destination_cidr_block = "0.0.0.0/0"
  network_interface_id   = module.instance.network_interface_id
}
