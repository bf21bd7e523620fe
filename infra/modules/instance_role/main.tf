# Role and instance profile of one kind of instance: Session Manager instead of SSH, and only what it needs besides.

module "role" {
  source           = "../role"
  name             = var.name
  service          = "ec2.amazonaws.com"
  managed_policies = ["AmazonSSMManagedInstanceCore"]
  # The agent on the instance writes the session's log, so the instance needs the right to.
  policies = merge({ session-log = var.session_log_policy }, var.extra_policy == null ? {} : { extra = var.extra_policy })
}

resource "aws_iam_instance_profile" "this" {
  name = var.name
  role = module.role.name
}
