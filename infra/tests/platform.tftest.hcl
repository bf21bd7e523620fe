variables {
  settings = {
    account_id    = "123456789012"
    mail_identity = "example.com"
    mail_from     = "alerts@example.com"
  }
}

run "the_whole_environment" {
  command = plan
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
  assert {
    condition     = !contains(keys(module.eks.pod_role_arns), "control")
    error_message = "control has no role where nothing is to be copied"
  }
}

run "with_a_lambda_control_reaches_its_table" {
  command = plan
  module { source = "./modules/platform" }
  variables {
    settings = {
      account_id    = "123456789012"
      mail_identity = "example.com"
      mail_from     = "alerts@example.com"
      # Any file does: nothing is run.
      lambda_bundle = "versions.tf"
    }
  }
  assert {
    condition     = output.uses_lambda && output.ledger_table == "stock-deliveries"
    error_message = "the Lambda mails"
  }
  assert {
    condition     = contains(keys(module.eks.pod_role_arns), "control")
    error_message = "control has a role to copy with"
  }
}

run "what_is_refused" {
  command = plan
  module { source = "./modules/platform" }
  variables {
    # nodes without a way out are refused
    node_zones = [0, 1]
    # a foreign sender is refused
    settings = {
      account_id    = "123456789012"
      mail_identity = "example.com"
      mail_from     = "alerts@elsewhere.com"
    }
  }
  expect_failures = [var.node_zones, var.settings]
}
