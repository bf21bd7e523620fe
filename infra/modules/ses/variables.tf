variable "name" {
  description = "Name of the configuration set."
  type        = string
  default     = "stock"
}

variable "account_id" {
  description = "The account whose SES may report."
  type        = string
}

variable "identity" {
  description = "The sender: a domain such as example.com, or one address."
  type        = string
  validation {
    condition     = can(regex("^([^@ ]+@)?[a-z0-9-]+(\\.[a-z0-9-]+)+$", var.identity))
    error_message = "identity must be a domain such as example.com or a mail address."
  }
}

variable "feedback_url" {
  description = "Address of the control API that takes bounces and complaints (https), or null."
  type        = string
  default     = null
  validation {
    condition     = var.feedback_url == null || can(regex("^https://", var.feedback_url))
    error_message = "feedback_url must begin with https://."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the feedback topic."
  type        = string
}
