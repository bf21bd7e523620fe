variables {
  vpc_id              = "vpc-1"
  subnet_id           = "subnet-1"
  private_cidr_blocks = ["10.100.100.0/24"]
  route_table_ids     = ["rtb-0", "rtb-2"]
  instance_profile    = "nat"
  kms_key_arn         = "arn:aws:kms:ap-northeast-2:123456789012:key/test"
}

run "the_original_nat_instance" {
  command = plan
  module { source = "./modules/nat" }
  assert {
    condition     = module.instance.instance_type == "t2.micro" && module.instance.source_dest_check == false
    error_message = "t2.micro that passes on what is not its own"
  }
  assert {
    condition     = [for r in aws_route.default : r.route_table_id] == ["rtb-0", "rtb-2"]
    error_message = "default routes of the named tables only"
  }
  assert {
    condition     = module.instance.disks.root.encrypted
    error_message = "encrypted disk"
  }
  assert {
    condition     = alltrue([for r in module.security_group.ingress : r.cidr == "10.100.100.0/24" && r.port != 22]) && length(module.security_group.ingress) == 8
    error_message = "nothing comes in from outside, and no SSH"
  }
}

run "what_is_refused" {
  command = plan
  module { source = "./modules/nat" }
  variables {
    # the world as private network is refused
    private_cidr_blocks = ["0.0.0.0/0"]
    # ssh is refused
    egress_tcp_ports = [22]
  }
  expect_failures = [var.private_cidr_blocks, var.egress_tcp_ports]
}
