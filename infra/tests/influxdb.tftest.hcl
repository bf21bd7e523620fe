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
    condition     = module.instance.name == "database-instance" && module.instance.instance_type == "t2.medium"
    error_message = "database-instance, t2.medium"
  }
  assert {
    condition     = module.instance.disks.data == { size = 100, type = "gp3", encrypted = true, zone = "ap-northeast-2a", device = "/dev/sdb" }
    error_message = "100 GB gp3 on /dev/sdb, encrypted"
  }
  assert {
    condition     = strcontains(output.user_data, "INFLUX_ORG=project") && strcontains(output.user_data, "INFLUX_BUCKET=stock")
    error_message = "organisation project, bucket stock"
  }
  assert {
    condition     = [for r in module.security_group.ingress : "${r.port} ${r.cidr}"] == ["8086 10.100.100.0/24"]
    error_message = "8086 from the middleware subnet only"
  }
}

run "what_is_refused" {
  command = plan
  module { source = "./modules/influxdb" }
  variables {
    # the world as client is refused
    client_cidr_blocks = ["0.0.0.0/0"]
    # another major version is refused
    influxdb_version = "3.0.0"
  }
  expect_failures = [var.client_cidr_blocks, var.influxdb_version]
}
