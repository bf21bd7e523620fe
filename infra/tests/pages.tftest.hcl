variables {
  account_id = "123456789012"
  receivers  = ["ops@example.com", "https://pages.example.com/sns"]
  instances = {
    "kafka-instance-1" = { id = "i-1", has_data = true }
    "nat-instance"     = { id = "i-2", has_data = false }
  }
  brokers         = ["kafka-instance-1"]
  backed_up       = ["database-instance"]
  nat_instance_id = "i-2"
  kms_key_arn     = "arn:aws:kms:ap-northeast-2:123456789012:key/test"
}

run "every_instance_rings_when_it_is_gone" {
  module { source = "./modules/pages" }
  assert {
    condition     = { for name, alarm in aws_cloudwatch_metric_alarm.status : name => [alarm.treat_missing_data, length(alarm.alarm_actions)] } == { "kafka-instance-1" = ["breaching", 1], "nat-instance" = ["breaching", 1] }
    error_message = "a dead instance sends no metric: that must ring"
  }
  assert {
    condition     = keys(aws_cloudwatch_metric_alarm.disk) == ["kafka-instance-1"] && aws_cloudwatch_metric_alarm.disk["kafka-instance-1"].threshold == 80
    error_message = "disks that keep data are watched"
  }
  assert {
    condition     = keys(aws_cloudwatch_metric_alarm.service) == ["kafka-instance-1"] && keys(aws_cloudwatch_metric_alarm.replicas) == ["kafka-instance-1"] && aws_cloudwatch_metric_alarm.certificate["kafka-instance-1"].threshold == 30
    error_message = "a service that is down, a replica that is behind, a certificate that ends"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.backup["database-instance"].threshold == 30 && length(aws_cloudwatch_metric_alarm.backup["database-instance"].alarm_actions) == 1
    error_message = "a night without a backup"
  }
  assert {
    condition     = { for to, subscription in aws_sns_topic_subscription.this : to => subscription.protocol } == { "ops@example.com" = "email", "https://pages.example.com/sns" = "https" }
    error_message = "receivers by mail and by a paging service"
  }
}

run "a_receiver_that_is_none_is_refused" {
  command = plan
  module { source = "./modules/pages" }
  variables { receivers = ["#stock-project"] }
  expect_failures = [var.receivers]
}
