output "profile_name" {
  description = "Instance profile to give to an instance."
  value       = aws_iam_instance_profile.this.name
}

output "role_arn" {
  description = "The role."
  value       = module.role.arn
}
