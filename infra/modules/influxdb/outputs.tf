output "url" {
  description = "Address of InfluxDB's API."
  value       = "http://${var.private_ip}:8086"
}

output "instance_id" {
  description = "The instance."
  value       = aws_instance.this.id
}

output "backup_bucket" {
  description = "Bucket of the nightly backups."
  value       = aws_s3_bucket.backup.id
}

output "user_data" {
  description = "What cloud-init does, for tests; it holds no secret."
  value       = local.user_data
}
