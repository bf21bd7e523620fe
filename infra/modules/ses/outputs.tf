output "configuration_set" {
  description = "Name of the configuration set."
  value       = aws_sesv2_configuration_set.this.configuration_set_name
}

output "configuration_set_arn" {
  description = "The configuration set."
  value       = aws_sesv2_configuration_set.this.arn
}

output "dkim_tokens" {
  description = "For a domain: three CNAME records TOKEN._domainkey.DOMAIN to TOKEN.dkim.amazonses.com."
  value       = try(aws_sesv2_email_identity.this.dkim_signing_attributes[0].tokens, [])
}

output "sender_policy" {
  description = "Policy for who mails as the identity."
  value = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # In the sandbox SES asks for the recipient's identity too. Under our sender alone, whatever the identity.
        Effect    = "Allow"
        Action    = ["ses:SendEmail", "ses:SendRawEmail"]
        Resource  = ["arn:aws:ses:*:${var.account_id}:identity/*", aws_sesv2_configuration_set.this.arn]
        Condition = { StringLike = { "ses:FromAddress" = local.is_domain ? "*@${var.identity}" : var.identity } }
      },
      {
        Effect   = "Allow"
        Action   = "ses:GetSendQuota"
        Resource = "*"
      },
    ]
  })
}

output "feedback_topic_arn" {
  description = "Topic of bounces and complaints; the control API believes it alone."
  value       = aws_sns_topic.feedback.arn
}
