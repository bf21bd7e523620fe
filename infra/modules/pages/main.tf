# Who is called when something outside the cluster is wrong: a topic with its receivers, and the alarms that ring it. What
# is wrong inside the cluster rings through Prometheus (docs/observability.md).

resource "aws_sns_topic" "this" {
  name              = "${var.name}-pages"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_policy" "this" {
  arn = aws_sns_topic.this.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.this.arn
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

# A mail address confirms once, by the link in the mail that AWS sends it.
resource "aws_sns_topic_subscription" "this" {
  for_each  = toset(var.receivers)
  topic_arn = aws_sns_topic.this.arn
  protocol  = startswith(each.value, "https://") ? "https" : "email"
  endpoint  = each.value
}

# An instance that is broken or gone.
resource "aws_cloudwatch_metric_alarm" "status" {
  for_each            = var.instances
  alarm_name          = "${var.name}-${each.key}-status"
  alarm_description   = "${each.key} does not pass EC2's checks, or is gone: docs/deployment/runbooks.md#instance-down"
  namespace           = "AWS/EC2"
  metric_name         = "StatusCheckFailed"
  dimensions          = { InstanceId = each.value.id }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 60
  evaluation_periods  = 3
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]
}

# A data volume that fills up. The instance reports each minute; one that reports no more is an alarm too.
resource "aws_cloudwatch_metric_alarm" "disk" {
  for_each            = { for name, instance in var.instances : name => instance if instance.has_data }
  alarm_name          = "${var.name}-${each.key}-disk"
  alarm_description   = "The data volume of ${each.key} is over ${var.disk_percent} % full, or is not reported: docs/deployment/runbooks.md#disk-full"
  namespace           = "Tickbell"
  metric_name         = "DiskUsedPercent"
  dimensions          = { Instance = each.key }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.disk_percent
  period              = 300
  evaluation_periods  = 3
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]
}

# The broker or InfluxDB itself. A report that does not come is a page of the disk's alarm.
resource "aws_cloudwatch_metric_alarm" "service" {
  for_each            = { for name, instance in var.instances : name => instance if instance.has_data }
  alarm_name          = "${var.name}-${each.key}-service"
  alarm_description   = "The service of ${each.key} does not run: docs/deployment/runbooks.md#kafka-down, #influxdb-down"
  namespace           = "Tickbell"
  metric_name         = "ServiceUp"
  dimensions          = { Instance = each.key }
  statistic           = "Minimum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 60
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]
}

# Replicas that stay behind: a second broker's trouble would stop all writing.
resource "aws_cloudwatch_metric_alarm" "replicas" {
  for_each            = var.brokers
  alarm_name          = "${var.name}-${each.key}-replicas"
  alarm_description   = "${each.key} sees partitions with a replica that is behind: docs/deployment/runbooks.md#kafka-down"
  namespace           = "Tickbell"
  metric_name         = "UnderReplicated"
  dimensions          = { Instance = each.key }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]
}

# One is made every night: a second one that is missing rings. An instance that reports nothing is a page of the disk's alarm.
resource "aws_cloudwatch_metric_alarm" "backup" {
  for_each            = var.backed_up
  alarm_name          = "${var.name}-${each.key}-backup"
  alarm_description   = "${each.key} has made no backup for ${var.backup_hours} hours: docs/deployment/runbooks.md#backup-old"
  namespace           = "Tickbell"
  metric_name         = "BackupAgeHours"
  dimensions          = { Instance = each.key }
  statistic           = "Minimum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.backup_hours
  period              = 3600
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]
}

# Every deployment renews what has less than 120 days left: this rings when nobody deployed.
resource "aws_cloudwatch_metric_alarm" "certificate" {
  for_each            = var.brokers
  alarm_name          = "${var.name}-${each.key}-certificate"
  alarm_description   = "The certificate of ${each.key} ends soon: docs/deployment/rotation.md#brokers"
  namespace           = "Tickbell"
  metric_name         = "CertificateDays"
  dimensions          = { Instance = each.key }
  statistic           = "Minimum"
  comparison_operator = "LessThanThreshold"
  threshold           = 30
  period              = 3600
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
}

# The way out carries the feed and the mails: at its most bytes a NAT instance drops packets.
resource "aws_cloudwatch_metric_alarm" "nat_credits" {
  alarm_name          = "${var.name}-nat-credits"
  alarm_description   = "The NAT instance runs out of CPU credits: docs/deployment/runbooks.md#no-way-out"
  namespace           = "AWS/EC2"
  metric_name         = "CPUCreditBalance"
  dimensions          = { InstanceId = var.nat_instance_id }
  statistic           = "Minimum"
  comparison_operator = "LessThanThreshold"
  threshold           = 10
  period              = 300
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
}
