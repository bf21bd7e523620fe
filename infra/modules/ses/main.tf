# The sender: an identity (a domain with DKIM, or one address), a configuration set that insists on TLS, and bounces and
# complaints on a topic that the control API takes in.

resource "aws_sesv2_configuration_set" "this" {
  configuration_set_name = var.name
  delivery_options {
    tls_policy = "REQUIRE"
  }
  reputation_options {
    reputation_metrics_enabled = true
  }
  sending_options {
    sending_enabled = true
  }
  suppression_options {
    suppressed_reasons = ["BOUNCE", "COMPLAINT"]
  }
}

resource "aws_sesv2_email_identity" "this" {
  email_identity         = var.identity
  configuration_set_name = aws_sesv2_configuration_set.this.configuration_set_name
  dynamic "dkim_signing_attributes" {
    for_each = local.is_domain ? [1] : []
    content {
      next_signing_key_length = "RSA_2048_BIT"
    }
  }
}

resource "aws_sesv2_email_identity_mail_from_attributes" "this" {
  count                  = local.is_domain ? 1 : 0
  email_identity         = aws_sesv2_email_identity.this.email_identity
  mail_from_domain       = "mail.${var.identity}"
  behavior_on_mx_failure = "USE_DEFAULT_VALUE"
}

resource "aws_sns_topic" "feedback" {
  name              = "${var.name}-mail-feedback"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_policy" "feedback" {
  arn = aws_sns_topic.feedback.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.feedback.arn
      Principal = { Service = "ses.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_sesv2_configuration_set_event_destination" "feedback" {
  configuration_set_name = aws_sesv2_configuration_set.this.configuration_set_name
  event_destination_name = "feedback"
  event_destination {
    enabled              = true
    matching_event_types = ["BOUNCE", "COMPLAINT", "REJECT"]
    sns_destination {
      topic_arn = aws_sns_topic.feedback.arn
    }
  }
  depends_on = [aws_sns_topic_policy.feedback]
}

resource "aws_sns_topic_subscription" "control" {
  count     = var.feedback_url == null ? 0 : 1
  topic_arn = aws_sns_topic.feedback.arn
  protocol  = "https"
  endpoint  = var.feedback_url
}

locals {
  is_domain = !strcontains(var.identity, "@")
}
