run "versions_and_encryption" {
  command = plan
  module { source = "./modules/state" }
  variables { bucket = "tickbell-state-123456789012" }
  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "an older state can be brought back"
  }
  assert {
    condition     = aws_s3_bucket_public_access_block.this.block_public_acls && aws_s3_bucket_public_access_block.this.restrict_public_buckets
    error_message = "the state is never public"
  }
}

run "a_bad_name_is_refused" {
  command = plan
  module { source = "./modules/state" }
  variables { bucket = "Tickbell_State" }
  expect_failures = [var.bucket]
}
