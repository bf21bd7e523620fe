# A security group and its rules. Nothing comes in from the whole world: the variable's validation refuses it.

locals {
  https = {
    https = { description = "Packages, Session Manager, AWS's APIs", port = 443, cidr = "0.0.0.0/0", group_id = null, self = false }
  }
}

resource "aws_security_group" "this" {
  #checkov:skip=CKV2_AWS_5:the module that asks for it attaches it; checkov does not look across modules
  name        = var.name
  description = var.description
  vpc_id      = var.vpc_id
  tags        = { Name = var.name }
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each                     = var.ingress
  security_group_id            = aws_security_group.this.id
  description                  = each.value.description
  cidr_ipv4                    = each.value.cidr
  referenced_security_group_id = each.value.self ? aws_security_group.this.id : null
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "this" {
  for_each                     = merge(var.egress_https ? local.https : {}, var.egress)
  security_group_id            = aws_security_group.this.id
  description                  = each.value.description
  cidr_ipv4                    = each.value.cidr
  referenced_security_group_id = each.value.self ? aws_security_group.this.id : each.value.group_id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}
