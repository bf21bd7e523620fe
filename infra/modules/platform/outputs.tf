output "cluster_name" {
  description = "The EKS cluster."
  value       = module.eks.cluster_name
}

output "kafka_bootstrap" {
  description = "Brokers, host:port separated by commas."
  value       = module.kafka.bootstrap
}

output "kafka_tls" {
  description = "Whether brokers speak TLS and want to know who asks."
  value       = var.settings.kafka_tls
}

output "kafka_nodes" {
  description = "The brokers' addresses by name, for their certificates."
  value       = module.kafka.node_ips
}

output "influxdb_url" {
  description = "InfluxDB's API."
  value       = module.influxdb.url
}

output "repository_urls" {
  description = "Where images are pushed, by repository."
  value       = module.ecr.repository_urls
}

output "secret_arns" {
  description = "Secrets by name."
  value       = module.secrets.secret_arns
}

output "uses_lambda" {
  description = "Whether a Lambda mails, and not the cluster."
  value       = length(module.lambda) > 0
}

output "ledger_table" {
  description = "Table of the Lambda's ledger, or null."
  value       = one([for lambda in module.lambda : lambda.ledger_table])
}

output "session_operator_policy_arn" {
  description = "Policy for the people who may open sessions on instances."
  value       = module.session_manager.operator_policy_arn
}

output "dkim_tokens" {
  description = "Records to add to the sender's domain."
  value       = module.ses.dkim_tokens
}

output "instance_ids" {
  description = "Instances by name, for Session Manager."
  value = merge(module.kafka.instance_ids, {
    "database-instance" = module.influxdb.instance_id
    "nat-instance"      = module.nat.instance_id
  })
}

output "nat_public_ip" {
  description = "The address that the outside sees."
  value       = module.nat.public_ip
}

output "console_url" {
  description = "Where users reach the console, or null."
  value       = var.settings.console_url
}

output "mail_feedback_topic" {
  description = "Topic of bounces and complaints."
  value       = module.ses.feedback_topic_arn
}

output "pages_topic" {
  description = "Topic that calls people."
  value       = module.pages.topic_arn
}

output "pages_receivers" {
  description = "How many it calls."
  value       = length(var.settings.pages)
}
