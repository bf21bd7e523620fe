variables {
  subnet_ids         = ["subnet-1", "subnet-2"]
  node_subnet_ids    = ["subnet-1"]
  session_log_policy = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
  kms_key_arn        = "arn:aws:kms:ap-northeast-2:123456789012:key/test"
}

run "private_by_default" {
  command = plan
  module { source = "./modules/eks" }
  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_public_access == false && aws_eks_cluster.this.vpc_config[0].endpoint_private_access
    error_message = "the API is reached from within the VPC only"
  }
  assert {
    condition     = contains(aws_eks_cluster.this.encryption_config[0].resources, "secrets") && length(aws_eks_cluster.this.enabled_cluster_log_types) == 5
    error_message = "secrets are encrypted, every log is kept"
  }
  assert {
    condition     = aws_launch_template.node.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "pods cannot take the node's role"
  }
  assert {
    condition     = aws_eks_access_policy_association.admin == {}
    error_message = "nobody but the creator administers unless named"
  }
}

run "a_pod_gets_its_role" {
  command = plan
  module { source = "./modules/eks" }
  variables {
    pod_roles = { notifier = { namespace = "stock", service_account = "notifier", policy = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" } }
  }
  assert {
    condition     = aws_eks_pod_identity_association.pod["notifier"].service_account == "notifier" && aws_eks_pod_identity_association.pod["notifier"].namespace == "stock"
    error_message = "the role is bound to one service account of one namespace"
  }
}

run "what_is_refused" {
  command = plan
  module { source = "./modules/eks" }
  variables {
    # the world is refused
    public_access_cidr_blocks = ["0.0.0.0/0"]
    # an unchecked version is refused
    kubernetes_version = "1.20"
    # falling node counts are refused
    node_count = { min = 3, desired = 2, max = 4 }
  }
  expect_failures = [var.public_access_cidr_blocks, var.kubernetes_version, var.node_count]
}
