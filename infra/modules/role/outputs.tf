output "arn" {
  description = "The role. Known when its policies are attached."
  value       = aws_iam_role.this.arn
  depends_on  = [aws_iam_role_policy.this, aws_iam_role_policy_attachment.this]
}

output "name" {
  description = "The role's name."
  value       = aws_iam_role.this.name
}

output "policies" {
  description = "What the role may do, for tests: policies (JSON) by name."
  value       = { for name, policy in aws_iam_role_policy.this : name => policy.policy }
}

output "managed_policies" {
  description = "AWS's policies of the role, for tests: their ARNs."
  value       = [for attachment in aws_iam_role_policy_attachment.this : attachment.policy_arn]
}
