output "profile_name" {
  description = "Instance profile to give to an instance. Known when the role may what it should: the first start needs it."
  value       = aws_iam_instance_profile.this.name
  depends_on  = [module.role]
}

output "role_arn" {
  description = "The role."
  value       = module.role.arn
}
