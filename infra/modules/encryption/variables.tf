variable "name" {
  description = "Alias of the key."
  type        = string
  default     = "stock"
}

variable "account_id" {
  description = "The account that owns the key."
  type        = string
  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be twelve digits."
  }
}

variable "region" {
  description = "AWS region whose CloudWatch Logs may use the key."
  type        = string
  default     = "ap-northeast-2"
}

variable "deletion_days" {
  description = "Days between the order to delete the key and its end."
  type        = number
  default     = 30
  validation {
    condition     = var.deletion_days >= 7 && var.deletion_days <= 30
    error_message = "deletion_days must be from 7 to 30."
  }
}
