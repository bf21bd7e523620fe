# The notifier as a Lambda on the alert topic, as the original promised: a self-managed Kafka event source, and a DynamoDB
# table as its ledger so that no mail goes out twice.

resource "aws_dynamodb_table" "ledger" {
  name                        = "${var.name}-deliveries"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = var.ledger_key
  deletion_protection_enabled = var.deletion_protection
  attribute {
    name = var.ledger_key
    type = "S"
  }
  attribute {
    name = "queue"
    type = "S"
  }
  attribute {
    name = "due"
    type = "N"
  }
  attribute {
    name = "news"
    type = "S"
  }
  # What waits for its time: digests.
  global_secondary_index {
    name            = "queue"
    projection_type = "KEYS_ONLY"
    hash_key        = "queue"
    range_key       = "due"
  }
  # What control has not copied to the event log yet.
  global_secondary_index {
    name            = "news"
    projection_type = "KEYS_ONLY"
    hash_key        = "news"
  }
  ttl {
    attribute_name = var.ledger_ttl
    enabled        = true
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }
}

# How the event source signs in to the brokers, and whose certificates it believes.
locals {
  broker_secrets = { SASL_SCRAM_512_AUTH = var.kafka_user_secret_arn, SERVER_ROOT_CA_CERTIFICATE = var.kafka_root_secret_arn }
}

resource "aws_sqs_queue" "failed" {
  name                      = "${var.name}-alerts-failed"
  kms_master_key_id         = var.kms_key_arn
  message_retention_seconds = 1209600
}

# Records of the alert topic that the function gave up: whole, to be replayed.
module "failed" {
  source             = "../bucket"
  bucket             = "${var.name}-alerts-failed-${var.account_id}"
  kms_key_arn        = var.kms_key_arn
  keep_days          = 30
  keep_versions_days = 7
  force_destroy      = !var.deletion_protection
}

# Each of them is a message in the queue, which the alarm watches.
resource "aws_sqs_queue_policy" "failed" {
  queue_url = aws_sqs_queue.failed.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.failed.arn
      Principal = { Service = "s3.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id }, ArnEquals = { "aws:SourceArn" = module.failed.arn } }
    }]
  })
}

resource "aws_s3_bucket_notification" "failed" {
  bucket = module.failed.id
  queue {
    queue_arn = aws_sqs_queue.failed.arn
    events    = ["s3:ObjectCreated:*"]
  }
  depends_on = [aws_sqs_queue_policy.failed]
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}-notifier"
  retention_in_days = var.log_days
  kms_key_id        = var.kms_key_arn
}

module "role" {
  source  = "../role"
  name    = "${var.name}-notifier-lambda"
  service = "lambda.amazonaws.com"
  policies = { notifier = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.this.arn}:*"
      },
      {
        Sid      = "Ledger"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"]
        Resource = [aws_dynamodb_table.ledger.arn, "${aws_dynamodb_table.ledger.arn}/index/queue"]
      },
      {
        Sid       = "Mail"
        Effect    = "Allow"
        Action    = ["ses:SendEmail", "ses:SendRawEmail"]
        Resource  = ["arn:aws:ses:*:${var.account_id}:identity/*", var.ses_configuration_set_arn]
        Condition = { StringEquals = { "ses:FromAddress" = var.mail_from } }
      },
      {
        Sid      = "Quota"
        Effect   = "Allow"
        Action   = "ses:GetSendQuota"
        Resource = "*"
      },
      {
        # X-Ray knows no resource; without these a function with tracing is refused.
        Sid      = "Trace"
        Effect   = "Allow"
        Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        Resource = "*"
      },
      {
        Sid      = "Failed"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = aws_sqs_queue.failed.arn
      },
      {
        Sid      = "FailedRecords"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:ListBucket"]
        Resource = [module.failed.arn, "${module.failed.arn}/*"]
      },
      {
        # The keys that sign webhooks and links, and the seals' secret, are read by the function: its variables hold no secret.
        # Its event source signs in to the brokers by the function's role.
        Sid      = "Secrets"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = concat([var.webhook_secret_arn, var.link_secret_arn, var.log_secret_arn], [for arn in values(local.broker_secrets) : arn if arn != null])
      },
      {
        Sid      = "Key"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.kms_key_arn
      },
      {
        # The event source lives in the VPC. EC2 knows no resource for these calls.
        Sid    = "Network"
        Effect = "Allow"
        Action = [
          "ec2:CreateNetworkInterface",
          "ec2:DeleteNetworkInterface",
          "ec2:DescribeNetworkInterfaces",
          "ec2:DescribeSecurityGroups",
          "ec2:DescribeSubnets",
          "ec2:DescribeVpcs",
        ]
        Resource = "*"
      },
    ]
  }) }
}

module "security_group" {
  source      = "../security_group"
  name        = "${var.name}-notifier-lambda"
  description = "The notifier's Lambda: out to Kafka and to AWS's APIs"
  vpc_id      = var.vpc_id
  egress = {
    kafka = { description = "Kafka", port = 9092, group_id = var.kafka_security_group_id }
  }
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_272:the bundle's hash is pinned by the deployment, which alone may update the function
  function_name                  = "${var.name}-notifier"
  description                    = "Mails the alerts of ${var.topic}"
  role                           = module.role.arn
  runtime                        = "nodejs22.x"
  handler                        = var.handler
  filename                       = var.bundle
  source_code_hash               = var.bundle_hash
  memory_size                    = 256
  timeout                        = 60
  reserved_concurrent_executions = var.concurrency
  kms_key_arn                    = var.kms_key_arn
  environment {
    variables = merge({
      TICKBELL_MAIL_FROM          = var.mail_from
      TICKBELL_SES_REGION         = var.region
      TICKBELL_LEDGER_TABLE       = aws_dynamodb_table.ledger.name
      TICKBELL_WEBHOOK_SECRET_ARN = var.webhook_secret_arn
      TICKBELL_LINK_SECRET_ARN    = var.link_secret_arn
      TICKBELL_LOG_SECRET_ARN     = var.log_secret_arn
      TICKBELL_ACCEPT_UNSEALED    = tostring(var.accept_unsealed)
    }, var.console_url == null ? {} : { TICKBELL_CONSOLE_URL = var.console_url }, var.environment)
  }
  vpc_config {
    subnet_ids         = var.subnet_ids
    security_group_ids = [module.security_group.id]
  }
  dead_letter_config {
    target_arn = aws_sqs_queue.failed.arn
  }
  tracing_config {
    mode = "Active"
  }
  depends_on = [aws_cloudwatch_log_group.this]
}

resource "aws_lambda_event_source_mapping" "alerts" {
  function_name                      = aws_lambda_function.this.arn
  topics                             = [var.topic]
  starting_position                  = "LATEST"
  batch_size                         = var.batch_size
  maximum_batching_window_in_seconds = 1
  enabled                            = var.enabled
  function_response_types            = ["ReportBatchItemFailures"]
  self_managed_event_source {
    endpoints = { KAFKA_BOOTSTRAP_SERVERS = var.bootstrap }
  }
  self_managed_kafka_event_source_config {
    consumer_group_id = var.consumer_group
  }
  # Reporting single records needs the pollers to be provisioned.
  provisioned_poller_config {
    minimum_pollers = 1
    maximum_pollers = var.pollers
  }
  dynamic "source_access_configuration" {
    for_each = var.subnet_ids
    content {
      type = "VPC_SUBNET"
      uri  = "subnet:${source_access_configuration.value}"
    }
  }
  dynamic "source_access_configuration" {
    for_each = { for type, arn in local.broker_secrets : type => arn if arn != null }
    content {
      type = source_access_configuration.key
      uri  = source_access_configuration.value
    }
  }
  source_access_configuration {
    type = "VPC_SECURITY_GROUP"
    uri  = "security_group:${module.security_group.id}"
  }
  # A queue would get where the records stand, and not the records: with S3 they can be mailed again.
  destination_config {
    on_failure {
      destination_arn = module.failed.arn
    }
  }
}

# Storms' and quiet hours' digests are made by whoever is called next: once a minute somebody is.
resource "aws_cloudwatch_event_rule" "digests" {
  name                = "${var.name}-notifier-digests"
  description         = "Has the notifier's Lambda send the digests that are due"
  schedule_expression = "rate(1 minute)"
  state               = var.enabled ? "ENABLED" : "DISABLED"
}

resource "aws_cloudwatch_event_target" "digests" {
  rule = aws_cloudwatch_event_rule.digests.name
  arn  = aws_lambda_function.this.arn
  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 0
  }
}

resource "aws_lambda_permission" "digests" {
  statement_id  = "digests"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.digests.arn
}

resource "aws_cloudwatch_metric_alarm" "failed" {
  alarm_name          = "${var.name}-alerts-failed"
  alarm_description   = "Alerts that could not be mailed wait in the queue: docs/deployment/runbooks.md#lambda-failed"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.failed.name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.pages_topic_arn]
}
