output "topic_arn" {
  description = "Topic that alarms ring."
  value       = aws_sns_topic.this.arn
}
