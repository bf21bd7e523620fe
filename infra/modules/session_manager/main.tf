# Sessions on instances: no SSH, no open port; each is written down by IAM user. Who opened it is in CloudTrail, what was
# typed is in CloudWatch Logs and S3 under the session's id, which begins with the user's name.

locals {
  bucket = "${var.name}-sessions-${var.account_id}"
  trail  = "${var.name}-trail"
}

resource "aws_cloudwatch_log_group" "sessions" {
  name              = "/ssm/${var.name}/sessions"
  retention_in_days = var.retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_s3_bucket" "sessions" {
  #checkov:skip=CKV_AWS_18:who reads it is in CloudTrail
  #checkov:skip=CKV2_AWS_62:nothing waits for its objects
  #checkov:skip=CKV_AWS_144:one region is the design; the costs of a copy are in docs/deployment/costs.md
  bucket        = local.bucket
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_public_access_block" "sessions" {
  bucket                  = aws_s3_bucket.sessions.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "sessions" {
  bucket = aws_s3_bucket.sessions.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "sessions" {
  bucket = aws_s3_bucket.sessions.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
    bucket_key_enabled = true
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "sessions" {
  bucket = aws_s3_bucket.sessions.id
  rule {
    id     = "expire"
    status = "Enabled"
    filter {}
    expiration {
      days = var.retention_days
    }
    noncurrent_version_expiration {
      noncurrent_days = 30
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}

resource "aws_s3_bucket_policy" "sessions" {
  bucket = aws_s3_bucket.sessions.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.sessions.arn, "${aws_s3_bucket.sessions.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "TrailLooks"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:GetBucketAcl"
        Resource  = aws_s3_bucket.sessions.arn
        Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
      },
      {
        Sid       = "TrailWrites"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "${aws_s3_bucket.sessions.arn}/cloudtrail/AWSLogs/${var.account_id}/*"
        Condition = { StringEquals = { "aws:SourceAccount" = var.account_id, "s3:x-amz-acl" = "bucket-owner-full-control" } }
      },
    ]
  })
}

# The preferences that every session of the region takes unless it names another document.
resource "aws_ssm_document" "preferences" {
  name            = "SSM-SessionManagerRunShell"
  document_type   = "Session"
  document_format = "JSON"
  content = jsonencode({
    schemaVersion = "1.0"
    description   = "Session preferences of ${var.name}"
    sessionType   = "Standard_Stream"
    inputs = {
      cloudWatchLogGroupName      = aws_cloudwatch_log_group.sessions.name
      cloudWatchEncryptionEnabled = true
      cloudWatchStreamingEnabled  = true
      s3BucketName                = aws_s3_bucket.sessions.id
      s3KeyPrefix                 = "sessions"
      s3EncryptionEnabled         = true
      kmsKeyId                    = var.kms_key_arn
      idleSessionTimeout          = tostring(var.idle_minutes)
      maxSessionDuration          = tostring(var.longest_minutes)
      runAsEnabled                = false
      runAsDefaultUser            = ""
      shellProfile                = { linux = "cd ~; export TMOUT=${var.idle_minutes * 60}" }
    }
  })
}

resource "aws_cloudtrail" "this" {
  #checkov:skip=CKV_AWS_252:the trail goes to CloudWatch Logs, where alarms are made
  name                          = local.trail
  s3_bucket_name                = aws_s3_bucket.sessions.id
  s3_key_prefix                 = "cloudtrail"
  include_global_service_events = true
  is_multi_region_trail         = true
  enable_log_file_validation    = true
  kms_key_id                    = var.kms_key_arn
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.trail.arn
  depends_on                    = [aws_s3_bucket_policy.sessions]
}

resource "aws_cloudwatch_log_group" "trail" {
  name              = "/cloudtrail/${var.name}"
  retention_in_days = var.retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_iam_role" "trail" {
  name = local.trail
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "cloudtrail.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "trail" {
  name = "write-log"
  role = aws_iam_role.trail.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.trail.arn}:*"
    }]
  })
}

# For people: sessions on this project's instances, ended and resumed only by the one who opened them.
resource "aws_iam_policy" "operator" {
  name        = "${var.name}-session-operator"
  description = "Open sessions on ${var.name}'s instances; attach it to the people who may."
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "ssm:StartSession"
        Resource  = "arn:aws:ec2:${var.region}:${var.account_id}:instance/*"
        Condition = { StringEquals = { "ssm:resourceTag/Project" = var.project_tag } }
      },
      {
        Effect   = "Allow"
        Action   = "ssm:StartSession"
        Resource = [aws_ssm_document.preferences.arn, "arn:aws:ssm:${var.region}::document/AWS-StartPortForwardingSession"]
      },
      {
        Effect   = "Allow"
        Action   = ["ssm:TerminateSession", "ssm:ResumeSession"]
        Resource = "arn:aws:ssm:${var.region}:${var.account_id}:session/$${aws:username}-*"
      },
      {
        Effect   = "Allow"
        Action   = "kms:GenerateDataKey"
        Resource = var.kms_key_arn
      },
    ]
  })
}
