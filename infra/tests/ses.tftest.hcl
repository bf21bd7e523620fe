variables {
  account_id  = "123456789012"
  identity    = "example.com"
  kms_key_arn = "arn:aws:kms:ap-northeast-2:123456789012:key/test"
}

run "a_domain_signs_its_mail" {
  command = plan
  module { source = "./modules/ses" }
  assert {
    condition     = aws_sesv2_email_identity.this.dkim_signing_attributes[0].next_signing_key_length == "RSA_2048_BIT" && aws_sesv2_email_identity_mail_from_attributes.this[0].mail_from_domain == "mail.example.com"
    error_message = "DKIM with 2048 bits and an own MAIL FROM"
  }
  assert {
    condition     = aws_sesv2_configuration_set.this.delivery_options[0].tls_policy == "REQUIRE"
    error_message = "no mail without TLS"
  }
  assert {
    condition     = contains(aws_sesv2_configuration_set_event_destination.feedback.event_destination[0].matching_event_types, "BOUNCE")
    error_message = "bounces are reported"
  }
}

run "who_mails_may_reach_verified_recipients_in_the_sandbox_under_our_sender_alone" {
  module { source = "./modules/ses" }
  assert {
    condition     = jsondecode(output.sender_policy).Statement[0].Resource[0] == "arn:aws:ses:*:123456789012:identity/*" && jsondecode(output.sender_policy).Statement[0].Condition.StringLike["ses:FromAddress"] == "*@example.com"
    error_message = "any identity of the account as recipient, our domain as sender"
  }
}

run "one_address_for_a_trial" {
  command = plan
  module { source = "./modules/ses" }
  variables { identity = "me@example.com" }
  assert {
    condition     = length(aws_sesv2_email_identity_mail_from_attributes.this) == 0
    error_message = "an address has no MAIL FROM domain"
  }
}

run "what_is_refused" {
  command = plan
  module { source = "./modules/ses" }
  variables {
    # a word is refused
    identity = "alerts"
    # feedback in the clear is refused
    feedback_url = "http://example.com/ses"
  }
  expect_failures = [var.identity, var.feedback_url]
}
