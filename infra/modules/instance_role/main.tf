# Role and instance profile of one kind of instance: Session Manager instead of SSH, and only what it needs besides.

module "role" {
  source           = "../role"
  name             = var.name
  service          = "ec2.amazonaws.com"
  managed_policies = ["AmazonSSMManagedInstanceCore"]
  # The agent on the instance writes the session's log, so the instance needs the right to.
  policies = merge({ session-log = var.session_log_policy, metrics = local.metrics }, var.extra_policy == null ? {} : { extra = var.extra_policy })
}

resource "aws_iam_instance_profile" "this" {
  name = var.name
  role = module.role.name
}

# Its reports: how full the data volume is, how its service does. No other namespace is written to.
locals {
  metrics = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "cloudwatch:PutMetricData"
      Resource  = "*"
      Condition = { StringEquals = { "cloudwatch:namespace" = "Tickbell" } }
    }]
  })
}
