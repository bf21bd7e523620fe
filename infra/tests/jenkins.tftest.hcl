variables {
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

run "no_repository_is_refused" {
  command = plan
  module { source = "./modules/jenkins" }
  variables { repository_arns = {} }
  expect_failures = [var.repository_arns]
}
