variables {
  account_id    = "123456789012"
  mail_identity = "example.com"
  mail_from     = "alerts@example.com"
}

run "the_whole_environment" {
  module { source = "./modules/platform" }
  assert {
    condition     = length(output.instance_ids) == 5 && output.uses_lambda == false
    error_message = "three Kafka nodes, InfluxDB, NAT; the cluster mails"
  }
  assert {
    condition     = output.kafka_bootstrap == "10.100.100.11:9092,10.100.100.12:9092,10.100.100.13:9092" && output.influxdb_url == "http://10.100.200.10:8086"
    error_message = "fixed addresses"
  }
  assert {
    condition     = length(output.repository_urls) == 5
    error_message = "an image repository a role"
  }
}

run "nodes_without_a_way_out_are_refused" {
  command = plan
  module { source = "./modules/platform" }
  variables { node_zones = [0, 1] }
  expect_failures = [var.node_zones]
}

run "a_foreign_sender_is_refused" {
  command = plan
  module { source = "./modules/platform" }
  variables { mail_from = "alerts@elsewhere.com" }
  expect_failures = [var.mail_from]
}
