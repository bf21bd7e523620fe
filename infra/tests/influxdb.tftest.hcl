variables {
  account_id         = "123456789012"
  vpc_id             = "vpc-1"
  subnet_id          = "subnet-1"
  client_cidr_blocks = ["10.100.100.0/24"]
  instance_profile   = "influxdb"
  kms_key_arn        = "arn:aws:kms:ap-northeast-2:123456789012:key/test"
  secret_arn         = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:stock/influxdb"
}

run "the_original_database_instance" {
  module { source = "./modules/influxdb" }
  assert {
    condition     = aws_instance.this.tags.Name == "database-instance" && aws_instance.this.instance_type == "t2.medium"
    error_message = "database-instance, t2.medium"
  }
  assert {
    condition     = aws_ebs_volume.data.size == 100 && aws_ebs_volume.data.type == "gp3" && aws_ebs_volume.data.encrypted && aws_volume_attachment.data.device_name == "/dev/sdb"
    error_message = "100 GB gp3 on /dev/sdb, encrypted"
  }
  assert {
    condition     = strcontains(output.user_data, "INFLUX_ORG=project") && strcontains(output.user_data, "INFLUX_BUCKET=stock")
    error_message = "organisation project, bucket stock"
  }
  assert {
    condition     = alltrue([for r in aws_vpc_security_group_ingress_rule.clients : r.from_port == 8086 && r.cidr_ipv4 == "10.100.100.0/24"])
    error_message = "8086 from the middleware subnet only"
  }
}

run "the_world_as_client_is_refused" {
  command = plan
  module { source = "./modules/influxdb" }
  variables { client_cidr_blocks = ["0.0.0.0/0"] }
  expect_failures = [var.client_cidr_blocks]
}

run "another_major_version_is_refused" {
  command = plan
  module { source = "./modules/influxdb" }
  variables { influxdb_version = "3.0.0" }
  expect_failures = [var.influxdb_version]
}
