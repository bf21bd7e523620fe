output "repository_arns" {
  description = "Repositories by name."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.arn }
}

output "repository_urls" {
  description = "Where to push, by name."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}
