run "a_rotated_key_of_this_account" {
  module { source = "./modules/encryption" }
  variables { account_id = "123456789012" }
  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_alias.this.name == "alias/stock"
    error_message = "the key rotates and is found as alias/stock"
  }
  assert {
    condition = alltrue([for s in jsondecode(aws_kms_key.this.policy).Statement :
      s.Principal != "*" && (try(s.Principal.AWS, "") != "*" || s.Condition.StringEquals["kms:CallerAccount"] == var.account_id)
    ])
    error_message = "nobody outside the account may use the key"
  }
}

run "a_bad_account_is_refused" {
  command = plan
  module { source = "./modules/encryption" }
  variables { account_id = "12345" }
  expect_failures = [var.account_id]
}
