# Sessions on instances: no SSH, no open port; each is written down by IAM user. Who opened it is in CloudTrail, what was
# typed is in CloudWatch Logs and S3 under the session's id, which begins with the user's name.

locals {
  trail      = "${var.name}-trail"
  trail_arn  = "arn:aws:cloudtrail:${var.region}:${var.account_id}:trail/${local.trail}"
  bucket_arn = "arn:aws:s3:::${var.name}-sessions-${var.account_id}"
}

resource "aws_cloudwatch_log_group" "sessions" {
  name              = "/ssm/${var.name}/sessions"
  retention_in_days = var.retention_days
  kms_key_id        = var.kms_key_arn
}

module "bucket" {
  source             = "../bucket"
  bucket             = "${var.name}-sessions-${var.account_id}"
  kms_key_arn        = var.kms_key_arn
  keep_days          = var.retention_days
  keep_versions_days = 30
  force_destroy      = var.force_destroy
  statements = jsonencode([
    {
      Sid       = "TrailLooks"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:GetBucketAcl"
      Resource  = local.bucket_arn
      Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn } }
    },
    {
      Sid       = "TrailWrites"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${local.bucket_arn}/cloudtrail/AWSLogs/${var.account_id}/*"
      Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn, "s3:x-amz-acl" = "bucket-owner-full-control" } }
    },
  ])
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
      s3BucketName                = module.bucket.id
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
  s3_bucket_name                = module.bucket.id
  s3_key_prefix                 = "cloudtrail"
  include_global_service_events = true
  is_multi_region_trail         = true
  enable_log_file_validation    = true
  kms_key_id                    = var.kms_key_arn
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn     = module.trail_role.arn
}

resource "aws_cloudwatch_log_group" "trail" {
  name              = "/cloudtrail/${var.name}"
  retention_in_days = var.retention_days
  kms_key_id        = var.kms_key_arn
}

module "trail_role" {
  source  = "../role"
  name    = local.trail
  service = "cloudtrail.amazonaws.com"
  policies = { write-log = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.trail.arn}:*"
    }]
  }) }
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
        # Who signed in by SSO or took a role has no aws:username; aws:userid is ROLE_ID:SESSION_NAME.
        Effect    = "Allow"
        Action    = ["ssm:TerminateSession", "ssm:ResumeSession"]
        Resource  = "arn:aws:ssm:${var.region}:${var.account_id}:session/*"
        Condition = { StringLike = { "ssm:resourceTag/aws:ssmmessages:session-id" = "$${aws:userid}" } }
      },
      {
        # The plugin opens the data channel under the person's own credentials.
        Effect   = "Allow"
        Action   = "ssmmessages:OpenDataChannel"
        Resource = "arn:aws:ssm:${var.region}:${var.account_id}:session/*"
      },
      {
        Effect   = "Allow"
        Action   = "kms:GenerateDataKey"
        Resource = var.kms_key_arn
      },
    ]
  })
}
