# Snapshots of every volume tagged Backup=daily, each night after the market's day.

module "role" {
  source           = "../role"
  name             = "${var.name}-snapshots"
  service          = "dlm.amazonaws.com"
  managed_policies = ["service-role/AWSDataLifecycleManagerServiceRole"]
}

resource "aws_dlm_lifecycle_policy" "this" {
  description        = "${var.name}: daily snapshots"
  execution_role_arn = module.role.arn
  state              = "ENABLED"
  policy_details {
    resource_types = ["VOLUME"]
    target_tags    = { Backup = "daily" }
    schedule {
      name      = "daily"
      copy_tags = true
      create_rule {
        interval      = 24
        interval_unit = "HOURS"
        times         = [var.time_utc]
      }
      retain_rule {
        count = var.keep
      }
    }
  }
}
