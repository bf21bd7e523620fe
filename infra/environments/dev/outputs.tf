output "cluster_name" {
  description = "The EKS cluster."
  value       = module.platform.cluster_name
}

output "kafka_bootstrap" {
  description = "Brokers, host:port separated by commas."
  value       = module.platform.kafka_bootstrap
}

output "influxdb_url" {
  description = "InfluxDB's API."
  value       = module.platform.influxdb_url
}

output "repository_urls" {
  description = "Where images are pushed, by repository."
  value       = module.platform.repository_urls
}

output "secret_arns" {
  description = "Secrets by name."
  value       = module.platform.secret_arns
}

output "uses_lambda" {
  description = "Whether a Lambda mails, and not the cluster."
  value       = module.platform.uses_lambda
}

output "session_operator_policy_arn" {
  description = "Policy for the people who may open sessions on instances."
  value       = module.platform.session_operator_policy_arn
}

output "dkim_tokens" {
  description = "Records to add to the sender's domain."
  value       = module.platform.dkim_tokens
}

output "instance_ids" {
  description = "Instances by name, for Session Manager."
  value       = module.platform.instance_ids
}

output "nat_public_ip" {
  description = "The address that the outside sees."
  value       = module.platform.nat_public_ip
}

output "mail_feedback_topic" {
  description = "Topic of bounces and complaints."
  value       = module.platform.mail_feedback_topic
}
