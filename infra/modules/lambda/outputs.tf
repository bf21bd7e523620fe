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
