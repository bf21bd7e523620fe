output "bucket" {
  description = "The bucket, for terraform init -backend-config=bucket=NAME."
  value       = aws_s3_bucket.this.id
}
