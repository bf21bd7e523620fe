variables {
  kms_key_arn = "arn:aws:kms:ap-northeast-2:123456789012:key/test"
}

run "secrets_have_no_value_here" {
  command = plan
  module { source = "./modules/secrets" }
  assert {
    condition     = aws_secretsmanager_secret.this["kis"].name == "stock/kis" && aws_secretsmanager_secret.this["influxdb"].kms_key_id == var.kms_key_arn
    error_message = "named by what they are for, encrypted by our key"
  }
}

run "settings_are_parameters" {
  command = plan
  module { source = "./modules/secrets" }
  variables { parameters = { "mail/from" = "alerts@example.com" } }
  assert {
    condition     = aws_ssm_parameter.this["mail/from"].name == "/stock/mail/from"
    error_message = "a parameter under the project's path"
  }
}

run "a_short_recovery_is_refused" {
  command = plan
  module { source = "./modules/secrets" }
  variables { recovery_days = 3 }
  expect_failures = [var.recovery_days]
}
