output "url" {
  description = "Address of InfluxDB's API."
  value       = "http://${var.private_ip}:8086"
}

output "instance_id" {
  description = "The instance."
  value       = module.instance.id
}

output "backup_bucket" {
  description = "Bucket of the nightly backups."
  value       = module.backup.id
}

output "user_data" {
  description = "What cloud-init does, for tests; it holds no secret."
  value       = module.instance.user_data
}
