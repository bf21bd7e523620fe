output "function_arn" {
  description = "The function."
  value       = aws_lambda_function.this.arn
}

output "security_group_id" {
  description = "Group of the function and its event source."
  value       = module.security_group.id
}

output "ledger_table" {
  description = "Name of the ledger's table."
  value       = aws_dynamodb_table.ledger.name
}

output "failed_queue_url" {
  description = "Queue of the alerts that could not be handled."
  value       = aws_sqs_queue.failed.url
}

output "mirror_policy" {
  description = "What control may do with the ledger's table, to copy outcomes out of it and settings into it."
  value = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "Mirror"
      Effect = "Allow"
      Action = [
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:Query",
      ]
      Resource = [aws_dynamodb_table.ledger.arn, "${aws_dynamodb_table.ledger.arn}/index/*"]
      }, {
      Sid      = "Key"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = var.kms_key_arn
    }]
  })
}
