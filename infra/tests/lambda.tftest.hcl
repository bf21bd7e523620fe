variables {
  account_id                = "123456789012"
  pages_topic_arn           = "arn:aws:sns:ap-northeast-2:123456789012:stock-pages"
  vpc_id                    = "vpc-1"
  subnet_ids                = ["subnet-1"]
  kafka_security_group_id   = "sg-kafka"
  bootstrap                 = "10.100.100.11:9092,10.100.100.12:9092"
  bundle                    = "notifier.zip"
  bundle_hash               = "aGFzaA=="
  mail_from                 = "alerts@example.com"
  ses_configuration_set_arn = "arn:aws:ses:ap-northeast-2:123456789012:configuration-set/stock"
  webhook_secret_arn        = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:stock/webhook"
  link_secret_arn           = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:stock/links"
  log_secret_arn            = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:stock/log"
  kms_key_arn               = "arn:aws:kms:ap-northeast-2:123456789012:key/test"
}

run "reads_the_alert_topic_of_our_brokers" {
  module { source = "./modules/lambda" }
  assert {
    condition     = aws_lambda_event_source_mapping.alerts.self_managed_event_source[0].endpoints.KAFKA_BOOTSTRAP_SERVERS == "10.100.100.11:9092,10.100.100.12:9092" && tolist(aws_lambda_event_source_mapping.alerts.topics)[0] == "alert-topic"
    error_message = "a self-managed Kafka event source on alert-topic"
  }
  assert {
    condition     = contains(aws_lambda_event_source_mapping.alerts.function_response_types, "ReportBatchItemFailures")
    error_message = "only what failed comes back"
  }
  assert {
    condition     = aws_lambda_event_source_mapping.alerts.destination_config[0].on_failure[0].destination_arn == module.failed.arn && module.failed.private
    error_message = "records that were given up are kept whole, in a bucket"
  }
  assert {
    condition     = tolist(aws_cloudwatch_metric_alarm.failed.alarm_actions)[0] == "arn:aws:sns:ap-northeast-2:123456789012:stock-pages"
    error_message = "the alarm rings somebody"
  }
  assert {
    condition     = aws_dynamodb_table.ledger.point_in_time_recovery[0].enabled && aws_dynamodb_table.ledger.deletion_protection_enabled
    error_message = "the ledger can be restored and is not deleted by mistake"
  }
  assert {
    condition     = aws_lambda_function.this.runtime == "nodejs22.x"
    error_message = "Node 22"
  }
  assert {
    condition     = alltrue([for s in jsondecode(module.role.policies["notifier"]).Statement : s.Sid != "Mail" || s.Condition.StringEquals["ses:FromAddress"] == "alerts@example.com"])
    error_message = "it mails under our sender only"
  }
  assert {
    condition     = aws_lambda_function.this.environment[0].variables.TICKBELL_LINK_SECRET_ARN == var.link_secret_arn && !anytrue([for name in keys(aws_lambda_function.this.environment[0].variables) : endswith(name, "_SECRET")])
    error_message = "its variables name secrets and hold none"
  }
  assert {
    condition     = one([for s in jsondecode(module.role.policies["notifier"]).Statement : s.Resource if s.Sid == "Secrets"]) == [var.webhook_secret_arn, var.link_secret_arn, var.log_secret_arn]
    error_message = "it reads its three secrets and no other"
  }
  assert {
    condition     = aws_lambda_function.this.environment[0].variables.TICKBELL_LOG_SECRET_ARN == var.log_secret_arn && aws_lambda_function.this.environment[0].variables.TICKBELL_ACCEPT_UNSEALED == "false"
    error_message = "it believes alerts with our seal only"
  }
  assert {
    condition     = aws_cloudwatch_event_rule.digests.schedule_expression == "rate(1 minute)" && aws_cloudwatch_event_rule.digests.state == "ENABLED" && aws_lambda_permission.digests.principal == "events.amazonaws.com"
    error_message = "a schedule has the digests sent"
  }
  assert {
    condition     = toset(aws_dynamodb_table.ledger.global_secondary_index[*].name) == toset(["news", "queue"]) && alltrue([for i in aws_dynamodb_table.ledger.global_secondary_index : i.projection_type == "KEYS_ONLY"])
    error_message = "the ledger has the two indexes that the notifier and control ask"
  }
}

run "signs_in_to_brokers_that_want_to_know_who_asks" {
  module { source = "./modules/lambda" }
  variables {
    kafka_user_secret_arn = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:stock/kafka-lambda"
    kafka_root_secret_arn = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:stock/kafka-root"
  }
  assert {
    condition = { for c in aws_lambda_event_source_mapping.alerts.source_access_configuration : c.type => c.uri if startswith(c.type, "S") } == {
      SASL_SCRAM_512_AUTH        = var.kafka_user_secret_arn
      SERVER_ROOT_CA_CERTIFICATE = var.kafka_root_secret_arn
    }
    error_message = "by SCRAM over TLS, with our authority"
  }
  assert {
    condition     = length(one([for s in jsondecode(module.role.policies["notifier"]).Statement : s.Resource if s.Sid == "Secrets"])) == 5
    error_message = "the function's role reads both"
  }
}

run "off_while_the_cluster_mails" {
  command = plan
  module { source = "./modules/lambda" }
  variables { enabled = false }
  assert {
    condition     = aws_lambda_event_source_mapping.alerts.enabled == false
    error_message = "the event source rests"
  }
  assert {
    condition     = aws_cloudwatch_event_rule.digests.state == "DISABLED"
    error_message = "and so does the schedule"
  }
}

run "what_is_refused" {
  command = plan
  module { source = "./modules/lambda" }
  variables {
    # a sender that is no address is refused
    mail_from = "alerts"
    # brokers without port are refused
    bootstrap = "10.100.100.11"
  }
  expect_failures = [var.mail_from, var.bootstrap]
}
