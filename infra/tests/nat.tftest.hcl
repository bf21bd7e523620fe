variables {
  vpc_id              = "vpc-1"
  subnet_id           = "subnet-1"
  private_cidr_blocks = ["10.100.100.0/24"]
  route_table_ids     = ["rtb-0", "rtb-2"]
  instance_profile    = "nat"
  kms_key_arn         = "arn:aws:kms:ap-northeast-2:123456789012:key/test"
}

run "the_original_nat_instance" {
  module { source = "./modules/nat" }
  assert {
    condition     = aws_instance.this.instance_type == "t2.micro" && aws_instance.this.source_dest_check == false
    error_message = "t2.micro that passes on what is not its own"
  }
  assert {
    condition     = [for r in aws_route.default : r.route_table_id] == ["rtb-0", "rtb-2"]
    error_message = "default routes of the named tables only"
  }
  assert {
    condition     = aws_instance.this.root_block_device[0].encrypted && aws_instance.this.metadata_options[0].http_tokens == "required"
    error_message = "encrypted disk, IMDSv2"
  }
  assert {
    condition     = alltrue([for r in aws_vpc_security_group_ingress_rule.private : r.cidr_ipv4 == "10.100.100.0/24" && r.from_port != 22])
    error_message = "nothing comes in from outside, and no SSH"
  }
}

run "the_world_as_private_network_is_refused" {
  command = plan
  module { source = "./modules/nat" }
  variables { private_cidr_blocks = ["0.0.0.0/0"] }
  expect_failures = [var.private_cidr_blocks]
}

run "ssh_is_refused" {
  command = plan
  module { source = "./modules/nat" }
  variables { egress_tcp_ports = [22] }
  expect_failures = [var.egress_tcp_ports]
}
