output "bootstrap" {
  description = "Brokers, host:port separated by commas."
  value       = join(",", [for address in var.broker_ips : "${address}:9092"])
}

output "security_group_id" {
  description = "Group of the nodes."
  value       = aws_security_group.this.id
}

output "instance_ids" {
  description = "Instances by name."
  value       = { for name, instance in aws_instance.this : name => instance.id }
}

output "cluster_id" {
  description = "Id of the cluster."
  value       = local.cluster_id
}

output "user_data" {
  description = "What cloud-init does on each node, for tests; it holds no secret."
  value       = local.user_data
}
