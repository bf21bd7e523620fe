variable "bucket" {
  description = "Name of the bucket, unique in the world: tickbell-state-ACCOUNT."
  type        = string
  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "bucket must be 3 to 63 small letters, digits or -."
  }
}

variable "keep_days" {
  description = "Days an old version of the state is kept."
  type        = number
  default     = 90
  validation {
    condition     = var.keep_days >= 7
    error_message = "keep_days must be at least 7."
  }
}
