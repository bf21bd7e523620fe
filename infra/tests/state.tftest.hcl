run "versions_and_encryption" {
  command = plan
  module { source = "./modules/state" }
  variables { bucket = "tickbell-state-123456789012" }
  assert {
    condition     = module.bucket.versioned
    error_message = "an older state can be brought back"
  }
  assert {
    condition     = module.bucket.private && module.bucket.force_destroy == false
    error_message = "the state is never public"
  }
}

run "a_bad_name_is_refused" {
  command = plan
  module { source = "./modules/state" }
  variables { bucket = "Tickbell_State" }
  expect_failures = [var.bucket]
}
