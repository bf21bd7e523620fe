variables {
  account_id      = "123456789012"
  repository_arns = { "stock/producer" = "arn:aws:ecr:ap-northeast-2:123456789012:repository/stock/producer" }
  kms_key_arn     = "arn:aws:kms:ap-northeast-2:123456789012:key/test"
}

run "agents_push_to_our_repositories_only" {
  module { source = "./modules/jenkins" }
  assert {
    condition     = output.pod_roles["jenkins-agent"].namespace == "jenkins"
    error_message = "the role is the agents' in namespace jenkins"
  }
  assert {
    condition     = !strcontains(output.pod_roles["jenkins-agent"].policy, "ecr:*") && !strcontains(output.pod_roles["jenkins-agent"].policy, "ecr:DeleteRepository") && !strcontains(output.pod_roles["jenkins-agent"].policy, "iam:")
    error_message = "push, and nothing else"
  }
  assert {
    condition     = alltrue([for s in jsondecode(output.pod_roles["jenkins-agent"].policy).Statement : s.Resource != "*" || s.Action == "ecr:GetAuthorizationToken"])
    error_message = "only the log-in is not bound to a repository"
  }
}

run "images_are_signed_by_a_key_that_only_signs" {
  module { source = "./modules/jenkins" }
  variables { pull_accounts = ["210987654321"] }
  assert {
    condition     = aws_kms_key.images.key_usage == "SIGN_VERIFY" && aws_kms_alias.images.name == "alias/stock-images"
    error_message = "the key that sign_image.sh names"
  }
  assert {
    condition     = one([for s in jsondecode(aws_kms_key.images.policy).Statement : s.Action if s.Sid == "WhoPullsVerifies"]) == ["kms:DescribeKey", "kms:GetPublicKey"]
    error_message = "other accounts verify, and sign nothing"
  }
  assert {
    condition     = one([for s in jsondecode(output.pod_roles["jenkins-agent"].policy).Statement : s.Resource if s.Sid == "Sign"]) == aws_kms_key.images.arn
    error_message = "agents sign by this key alone"
  }
}

run "no_repository_is_refused" {
  command = plan
  module { source = "./modules/jenkins" }
  variables { repository_arns = {} }
  expect_failures = [var.repository_arns]
}
