variables {
  kms_key_arn = "arn:aws:kms:ap-northeast-2:123456789012:key/test"
}

run "one_repository_a_role" {
  command = plan
  module { source = "./modules/ecr" }
  assert {
    condition     = keys(aws_ecr_repository.this) == ["stock/consumer", "stock/control", "stock/notifier", "stock/producer", "stock/stream"]
    error_message = "the original's three names and the two new roles"
  }
  assert {
    condition     = alltrue([for r in aws_ecr_repository.this : r.image_tag_mutability == "IMMUTABLE" && r.image_scanning_configuration[0].scan_on_push])
    error_message = "tags never move, every push is scanned"
  }
  assert {
    condition     = alltrue([for p in aws_ecr_lifecycle_policy.this : jsondecode(p.policy).rules[0].selection.tagStatus == "untagged"])
    error_message = "untagged images expire"
  }
  assert {
    condition     = alltrue([for p in aws_ecr_lifecycle_policy.this : jsondecode(p.policy).rules[1].selection.countNumber == 300])
    error_message = "a hundred commits stay, each with its image, signature and attestation"
  }
  assert {
    condition     = length(aws_ecr_repository_policy.pull) == 0
    error_message = "nobody else pulls unless named"
  }
}

run "another_account_pulls_and_does_not_push" {
  command = plan
  module { source = "./modules/ecr" }
  variables { pull_accounts = ["210987654321"] }
  assert {
    condition = alltrue([for p in aws_ecr_repository_policy.pull :
      jsondecode(p.policy).Statement[0].Principal.AWS == ["arn:aws:iam::210987654321:root"] && !strcontains(p.policy, "Put") && !strcontains(p.policy, "ecr:*")
    ]) && length(aws_ecr_repository_policy.pull) == 5
    error_message = "every repository may be read by the named account"
  }
}

run "names_in_capitals_are_refused" {
  command = plan
  module { source = "./modules/ecr" }
  variables { repositories = ["Stock/Producer"] }
  expect_failures = [var.repositories]
}
