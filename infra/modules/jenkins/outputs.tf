output "pod_roles" {
  description = "For module eks: the agents' role."
  value = {
    "jenkins-agent" = {
      namespace       = "jenkins"
      service_account = "jenkins-agent"
      policy          = local.agent_policy
    }
  }
}

output "cache_repository_url" {
  description = "Where Kaniko caches layers."
  value       = aws_ecr_repository.cache.repository_url
}
