output "session_log_policy" {
  description = "Policy for instances whose sessions are written down."
  value = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
        Resource = "${aws_cloudwatch_log_group.sessions.arn}:*"
      },
      {
        Effect   = "Allow"
        Action   = "logs:DescribeLogGroups"
        Resource = "arn:aws:logs:${var.region}:${var.account_id}:log-group:*"
      },
      {
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "${module.bucket.arn}/sessions/*"
      },
      {
        Effect   = "Allow"
        Action   = "s3:GetEncryptionConfiguration"
        Resource = module.bucket.arn
      },
      {
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.kms_key_arn
      },
    ]
  })
}

output "operator_policy_arn" {
  description = "Policy to attach to the people who may open sessions."
  value       = aws_iam_policy.operator.arn
}

output "log_bucket" {
  description = "Bucket of session logs and trails."
  value       = module.bucket.id
}
