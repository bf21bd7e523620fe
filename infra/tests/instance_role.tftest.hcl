variables {
  name               = "stock-test"
  session_log_policy = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
}

run "session_manager_and_nothing_else" {
  command = plan
  module { source = "./modules/instance_role" }
  assert {
    condition     = module.role.managed_policies == ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]
    error_message = "the role has AmazonSSMManagedInstanceCore"
  }
  assert {
    condition     = keys(module.role.policies) == ["metrics", "session-log"]
    error_message = "no policy that was not asked for"
  }
}

run "what_an_instance_needs_besides" {
  command = plan
  module { source = "./modules/instance_role" }
  variables { extra_policy = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}]}" }
  assert {
    condition     = keys(module.role.policies) == ["extra", "metrics", "session-log"]
    error_message = "the extra policy is attached"
  }
}

run "a_policy_that_is_none_is_refused" {
  command = plan
  module { source = "./modules/instance_role" }
  variables { session_log_policy = "yes" }
  expect_failures = [var.session_log_policy]
}
