# Secrets without values: Terraform's state never holds one. "deno task deploy" puts the values it can make itself (tokens,
# keys) and asks for those it cannot (KIS). Settings that are no secrets are SSM parameters.

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV2_AWS_57:rotated by deno task deploy --rotate, which restarts what reads them
  for_each                = var.secrets
  name                    = "${var.name}/${each.key}"
  description             = each.value
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = var.recovery_days
}

resource "aws_ssm_parameter" "this" {
  for_each    = var.parameters
  name        = "/${var.name}/${each.key}"
  description = "Read by scripts and people"
  type        = "SecureString"
  key_id      = var.kms_key_arn
  value       = each.value
}
