variables {
  name    = "trial"
  service = "ec2.amazonaws.com"
}

run "one_service_takes_it_on" {
  command = plan
  module { source = "./modules/role" }
  variables {
    policies         = { look = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
    managed_policies = ["service-role/AmazonEBSCSIDriverPolicy"]
  }
  assert {
    condition     = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Principal == { Service = "ec2.amazonaws.com" } && jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Action == ["sts:AssumeRole"]
    error_message = "the named service and nobody else"
  }
  assert {
    condition     = keys(aws_iam_role_policy.this) == ["look"] && output.managed_policies == ["arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"]
    error_message = "what it was given"
  }
}

run "what_is_refused" {
  command = plan
  module { source = "./modules/role" }
  variables {
    # an administrator is refused
    managed_policies = ["AdministratorAccess"]
    # a person is refused
    service = "arn:aws:iam::123456789012:root"
    # a policy that is none is refused
    policies = { look = "yes" }
  }
  expect_failures = [var.managed_policies, var.service, var.policies]
}
