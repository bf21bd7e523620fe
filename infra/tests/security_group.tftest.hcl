variables {
  name        = "trial"
  description = "A trial"
  vpc_id      = "vpc-1"
  ingress = {
    clients = { description = "Clients", port = 9092, cidr = "10.100.100.0/24" }
    peers   = { description = "Peers", port = 9093, self = true }
  }
}

run "what_is_named_comes_in_and_https_goes_out" {
  module { source = "./modules/security_group" }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.this["clients"].cidr_ipv4 == "10.100.100.0/24" && aws_vpc_security_group_ingress_rule.this["peers"].referenced_security_group_id == aws_security_group.this.id
    error_message = "addresses, and the group itself"
  }
  assert {
    condition     = [for rule in aws_vpc_security_group_egress_rule.this : rule.from_port] == [443]
    error_message = "HTTPS only"
  }
}

run "nothing_goes_out_that_is_not_named" {
  command = plan
  module { source = "./modules/security_group" }
  variables { egress_https = false }
  assert {
    condition     = length(aws_vpc_security_group_egress_rule.this) == 0
    error_message = "no way out unless asked for"
  }
}

run "ssh_is_refused" {
  command = plan
  module { source = "./modules/security_group" }
  variables { ingress = { ssh = { description = "SSH", port = 22, cidr = "10.100.100.0/24" } } }
  expect_failures = [var.ingress]
}

run "a_rule_for_nobody_is_refused" {
  command = plan
  module { source = "./modules/security_group" }
  variables { ingress = { nobody = { description = "Nobody", port = 80 } } }
  expect_failures = [var.ingress]
}

run "what_is_refused" {
  command = plan
  module { source = "./modules/security_group" }
  variables {
    # the world is refused
    ingress = { world = { description = "World", port = 9092, cidr = "0.0.0.0/0" } }
  }
  expect_failures = [var.ingress]
}
