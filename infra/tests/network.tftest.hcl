variables {
  kms_key_arn = "arn:aws:kms:ap-northeast-2:123456789012:key/test"
}

run "the_original_network" {
  command = plan
  module { source = "./modules/network" }
  assert {
    condition     = aws_vpc.this.cidr_block == "10.100.0.0/16" && aws_vpc.this.tags.Name == "stock_alert_VPC"
    error_message = "the VPC is stock_alert_VPC, 10.100.0.0/16"
  }
  assert {
    condition = output.subnet_names == {
      "nat-instance-subnet-1" = "10.100.30.0/24", "nat-instance-subnet-2" = "10.100.40.0/24"
      "middleware-subnet-1"   = "10.100.100.0/24", "middleware-subnet-2" = "10.100.110.0/24"
      "database-subnet-1"     = "10.100.200.0/24", "database-subnet-2" = "10.100.210.0/24"
    }
    error_message = "the six subnets keep the original's names and addresses"
  }
  assert {
    condition     = [for s in aws_subnet.private : s.availability_zone] == ["ap-northeast-2a", "ap-northeast-2b", "ap-northeast-2a", "ap-northeast-2b"]
    error_message = "zones a and b take turns"
  }
  assert {
    condition     = length(aws_route_table.public) == 2 && length(aws_route_table.private) == 4
    error_message = "one route table a subnet"
  }
  assert {
    condition     = alltrue([for s in aws_subnet.public : s.map_public_ip_on_launch == false])
    error_message = "nothing gets a public address by being started"
  }
}

run "what_is_refused" {
  command = plan
  module { source = "./modules/network" }
  variables {
    # one zone is refused
    zones = ["ap-northeast-2a", "ap-northeast-2a"]
    # a bad block is refused
    cidr_block = "10.100.0.0/24"
  }
  expect_failures = [var.zones, var.cidr_block]
}
