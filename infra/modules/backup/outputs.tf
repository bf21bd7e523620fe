output "policy_arn" {
  description = "The snapshot policy."
  value       = aws_dlm_lifecycle_policy.this.arn
}
