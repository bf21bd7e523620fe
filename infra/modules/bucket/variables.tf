variable "bucket" {
  description = "Name of the bucket, unique in the world: it ends with the account."
  type        = string
  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "bucket must be 3 to 63 small letters, digits or -."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the objects; null: AWS's key of the account."
  type        = string
  default     = null
}

variable "keep_days" {
  description = "Days an object is kept; null: for ever."
  type        = number
  default     = null
  validation {
    condition     = var.keep_days == null || coalesce(var.keep_days, 1) >= 1
    error_message = "keep_days must be at least 1, or null."
  }
}

variable "keep_versions_days" {
  description = "Days an overwritten or deleted object can still be brought back."
  type        = number
  validation {
    condition     = var.keep_versions_days >= 7
    error_message = "keep_versions_days must be at least 7."
  }
}

variable "statements" {
  description = "Statements of the bucket's policy besides TLS only: a JSON list."
  type        = string
  default     = "[]"
  validation {
    condition     = can(tolist([for s in jsondecode(var.statements) : s.Sid]))
    error_message = "statements must be a JSON list of statements that have a Sid each."
  }
}

variable "force_destroy" {
  description = "Let a destroy take the objects with it. Never in prod."
  type        = bool
  default     = false
}
