output "topic_arn" {
  description = "Topic that alarms ring."
  value       = aws_sns_topic.this.arn
}

output "publisher_policy" {
  description = "What Alertmanager's pod may do: ring the same receivers."
  value = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "sns:Publish", Resource = aws_sns_topic.this.arn },
      { Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = var.kms_key_arn },
    ]
  })
}
