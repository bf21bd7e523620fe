variables {
  bucket             = "stock-trial-123456789012"
  keep_versions_days = 30
}

run "private_encrypted_versioned" {
  module { source = "./modules/bucket" }
  variables {
    keep_days  = 14
    statements = jsonencode([{ Sid = "Looks", Effect = "Allow", Principal = { Service = "cloudtrail.amazonaws.com" }, Action = "s3:GetBucketAcl", Resource = "*" }])
  }
  assert {
    condition     = output.private && output.versioned && output.force_destroy == false
    error_message = "nothing public, versions kept, never emptied by a destroy"
  }
  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms"
    error_message = "encrypted with KMS"
  }
  assert {
    condition     = [for s in jsondecode(aws_s3_bucket_policy.this.policy).Statement : s.Sid] == ["TlsOnly", "Looks"]
    error_message = "TLS only, and what was asked for"
  }
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this.rule[0].expiration[0].days == 14
    error_message = "objects go after their time"
  }
}

run "kept_for_ever" {
  command = plan
  module { source = "./modules/bucket" }
  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.this.rule[0].expiration) == 0
    error_message = "nothing expires unless asked for"
  }
}

run "what_is_refused" {
  command = plan
  module { source = "./modules/bucket" }
  variables {
    # a bad name is refused
    bucket = "Stock_Trial"
    # versions of a day are refused
    keep_versions_days = 1
    # a policy that is no list is refused
    statements = "{}x"
  }
  expect_failures = [var.bucket, var.keep_versions_days, var.statements]
}
