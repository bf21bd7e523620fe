variables {
  account_id  = "123456789012"
  kms_key_arn = "arn:aws:kms:ap-northeast-2:123456789012:key/test"
}

run "sessions_are_written_down" {
  module { source = "./modules/session_manager" }
  assert {
    condition     = jsondecode(aws_ssm_document.preferences.content).inputs.cloudWatchLogGroupName == "/ssm/stock/sessions" && jsondecode(aws_ssm_document.preferences.content).inputs.s3BucketName != ""
    error_message = "sessions go to CloudWatch Logs and S3"
  }
  assert {
    condition     = aws_ssm_document.preferences.name == "SSM-SessionManagerRunShell"
    error_message = "the preferences are the region's default document"
  }
  assert {
    condition     = aws_cloudtrail.this.enable_log_file_validation && aws_cloudtrail.this.is_multi_region_trail
    error_message = "the trail covers all regions and is validated"
  }
  assert {
    condition     = strcontains(aws_iam_policy.operator.policy, "session/$${aws:username}-*")
    error_message = "people end only their own sessions"
  }
  assert {
    condition     = strcontains(aws_iam_policy.operator.policy, "$${aws:userid}") && strcontains(aws_iam_policy.operator.policy, "ssmmessages:OpenDataChannel")
    error_message = "so do people who came by SSO or a role, and the session's channel opens"
  }
  assert {
    condition     = module.bucket.private
    error_message = "the bucket is never public"
  }
}

run "an_endless_session_is_refused" {
  command = plan
  module { source = "./modules/session_manager" }
  variables { longest_minutes = 100000 }
  expect_failures = [var.longest_minutes]
}
