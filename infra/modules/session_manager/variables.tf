variable "name" {
  description = "Prefix of names."
  type        = string
  default     = "stock"
}

variable "account_id" {
  description = "The account, part of the bucket's name."
  type        = string
}

variable "region" {
  description = "AWS region of the instances."
  type        = string
  default     = "ap-northeast-2"
}

variable "project_tag" {
  description = "Value of the tag Project that the instances carry."
  type        = string
  default     = "tickbell"
}

variable "kms_key_arn" {
  description = "Key that encrypts the sessions and their logs."
  type        = string
}

variable "retention_days" {
  description = "Days the logs are kept, in CloudWatch Logs and in S3."
  type        = number
  default     = 365
  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.retention_days)
    error_message = "retention_days must be one of 30, 60, 90, 120, 150, 180, 365, 400, 545, 731."
  }
}

variable "idle_minutes" {
  description = "Minutes without a key after which a session ends."
  type        = number
  default     = 20
  validation {
    condition     = var.idle_minutes >= 1 && var.idle_minutes <= 60
    error_message = "idle_minutes must be from 1 to 60."
  }
}

variable "longest_minutes" {
  description = "Minutes after which any session ends."
  type        = number
  default     = 240
  validation {
    condition     = var.longest_minutes >= 1 && var.longest_minutes <= 1440
    error_message = "longest_minutes must be from 1 to 1440."
  }
}

variable "force_destroy" {
  description = "Let a destroy take the logs with it. Never in prod."
  type        = bool
  default     = false
}
