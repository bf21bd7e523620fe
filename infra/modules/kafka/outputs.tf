output "bootstrap" {
  description = "Brokers, host:port separated by commas."
  value       = local.bootstrap
}

output "security_group_id" {
  description = "Group of the nodes."
  value       = module.security_group.id
}

output "instance_ids" {
  description = "Instances by name."
  value       = { for name, instance in module.node : name => instance.id }
}

output "cluster_id" {
  description = "Id of the cluster."
  value       = local.cluster_id
}

output "user_data" {
  description = "What cloud-init does on each node, for tests; it holds no secret."
  value       = { for name, instance in module.node : name => instance.user_data }
}

output "node_ips" {
  description = "The nodes' addresses by name: what their certificates are for."
  value       = { for name, node in local.nodes : name => node.ip }
}
