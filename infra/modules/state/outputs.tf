output "bucket" {
  description = "The bucket, for terraform init -backend-config=bucket=NAME."
  value       = module.bucket.id
}
