variable "name" {
  description = "Prefix of names."
  type        = string
  default     = "stock"
}

variable "region" {
  description = "AWS region of SES."
  type        = string
  default     = "ap-northeast-2"
}

variable "vpc_id" {
  description = "VPC of Kafka."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of the function and of its event source; each needs a default route."
  type        = list(string)
  validation {
    condition     = length(var.subnet_ids) > 0
    error_message = "subnet_ids must name at least one subnet."
  }
}

variable "kafka_security_group_id" {
  description = "Group of the brokers."
  type        = string
}

variable "bootstrap" {
  description = "Brokers, host:port separated by commas."
  type        = string
  validation {
    condition     = can(regex("^[^,:]+:[0-9]+(,[^,:]+:[0-9]+)*$", var.bootstrap))
    error_message = "bootstrap must be host:port, separated by commas."
  }
}

variable "topic" {
  description = "Topic of the alerts."
  type        = string
  default     = "alert-topic"
}

variable "consumer_group" {
  description = "Consumer group of the event source."
  type        = string
  default     = "project-notifier-lambda"
}

variable "bundle" {
  description = "Path of the function's zip, as deno task lambda makes it."
  type        = string
}

variable "bundle_hash" {
  description = "SHA-256 of the zip in base64: a changed bundle is a changed function."
  type        = string
}

variable "handler" {
  description = "File and function within the bundle."
  type        = string
  default     = "index.handler"
}

variable "environment" {
  description = "More variables of the function, none of them secret."
  type        = map(string)
  default     = {}
}

variable "webhook_secret_arn" {
  description = "Secret that signs webhooks, JSON with the field secret."
  type        = string
}

variable "link_secret_arn" {
  description = "Secret that signs the links in mails, JSON with the field secret."
  type        = string
}

variable "log_secret_arn" {
  description = "Secret of the seals of alerts, JSON with the field secret."
  type        = string
}

variable "accept_unsealed" {
  description = "Believe alerts without a seal too, while old topics are adopted."
  type        = bool
  default     = false
}

variable "console_url" {
  description = "Where users reach the console, for links in mails; null: mails have none."
  type        = string
  default     = null
  validation {
    condition     = var.console_url == null || can(regex("^https?://", var.console_url))
    error_message = "console_url must begin with https:// or http://."
  }
}

variable "mail_from" {
  description = "Sender of the mails; its identity is verified in SES."
  type        = string
  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+$", var.mail_from))
    error_message = "mail_from must be a mail address."
  }
}

variable "ses_configuration_set_arn" {
  description = "Configuration set of the mails."
  type        = string
}

variable "ledger_key" {
  description = "The table's key attribute, as the notifier writes it."
  type        = string
  default     = "id"
}

variable "ledger_ttl" {
  description = "The attribute after which DynamoDB forgets an entry, epoch seconds."
  type        = string
  default     = "expiresAt"
}

variable "batch_size" {
  description = "Alerts in one call at most."
  type        = number
  default     = 100
  validation {
    condition     = var.batch_size >= 1 && var.batch_size <= 10000
    error_message = "batch_size must be from 1 to 10000."
  }
}

variable "pollers" {
  description = "Event pollers at most; a partition is read by one."
  type        = number
  default     = 2
  validation {
    condition     = var.pollers >= 1 && var.pollers <= 100
    error_message = "pollers must be from 1 to 100."
  }
}

variable "concurrency" {
  description = "Calls at a time at most: SES's rate is shared by them."
  type        = number
  default     = 6
  validation {
    condition     = var.concurrency >= 1
    error_message = "concurrency must be at least 1."
  }
}

variable "enabled" {
  description = "Read the topic. Off while the notifier runs inside the cluster."
  type        = bool
  default     = true
}

variable "log_days" {
  description = "Days the function's log is kept."
  type        = number
  default     = 365
}

variable "deletion_protection" {
  description = "Refuse to delete the ledger."
  type        = bool
  default     = true
}

variable "kms_key_arn" {
  description = "Key that encrypts the ledger, the queue and the log."
  type        = string
}

variable "account_id" {
  description = "Account of the function: part of its bucket's name."
  type        = string
}

variable "pages_topic_arn" {
  description = "Topic that the function's alarm rings."
  type        = string
}

variable "kafka_user_secret_arn" {
  description = "Secret by which the event source signs in to the brokers, JSON with username and password; null where they ask nobody."
  type        = string
  default     = null
}

variable "kafka_root_secret_arn" {
  description = "Secret with the authority of the brokers' certificates, JSON with certificate; null where they speak no TLS."
  type        = string
  default     = null
}
