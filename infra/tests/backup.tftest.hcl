run "a_snapshot_every_night" {
  command = plan
  module { source = "./modules/backup" }
  assert {
    condition     = aws_dlm_lifecycle_policy.this.policy_details[0].target_tags.Backup == "daily" && aws_dlm_lifecycle_policy.this.policy_details[0].schedule[0].retain_rule[0].count == 7
    error_message = "the volumes tagged Backup=daily, seven days back"
  }
}

run "a_bad_time_is_refused" {
  command = plan
  module { source = "./modules/backup" }
  variables { time_utc = "25:00" }
  expect_failures = [var.time_utc]
}
