output "id" {
  description = "The bucket. Known when its policy is in place."
  value       = aws_s3_bucket.this.id
  depends_on  = [aws_s3_bucket_policy.this]
}

output "arn" {
  description = "The bucket's ARN."
  value       = aws_s3_bucket.this.arn
}

output "private" {
  description = "Whether everything public is refused, for tests."
  value = alltrue([
    aws_s3_bucket_public_access_block.this.block_public_acls,
    aws_s3_bucket_public_access_block.this.block_public_policy,
    aws_s3_bucket_public_access_block.this.ignore_public_acls,
    aws_s3_bucket_public_access_block.this.restrict_public_buckets,
  ])
}

output "versioned" {
  description = "Whether what is overwritten can be brought back, for tests."
  value       = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
}

output "force_destroy" {
  description = "Whether a destroy takes the objects with it, for tests."
  value       = aws_s3_bucket.this.force_destroy
}
