variable "repositories" {
  description = "Names of the repositories: one a role."
  type        = list(string)
  default     = ["stock/producer", "stock/stream", "stock/consumer", "stock/notifier", "stock/control"]
  validation {
    condition     = length(var.repositories) > 0 && alltrue([for r in var.repositories : can(regex("^[a-z0-9]+(?:[._/-][a-z0-9]+)*$", r))])
    error_message = "repositories must be names in lower case such as stock/producer."
  }
}

variable "untagged_days" {
  description = "Days an untagged image is kept."
  type        = number
  default     = 7
  validation {
    condition     = var.untagged_days >= 1
    error_message = "untagged_days must be at least 1."
  }
}

variable "keep_commits" {
  description = "Commits whose image is kept in each repository: as far back as a rollback reaches, and what runs must be among them."
  type        = number
  default     = 100
  validation {
    condition     = var.keep_commits >= 10
    error_message = "keep_commits must be at least 10: a rollback needs them."
  }
}

variable "pull_accounts" {
  description = "Other accounts that may pull the images: prod's, when dev's Jenkins builds them."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for a in var.pull_accounts : can(regex("^[0-9]{12}$", a))])
    error_message = "pull_accounts must be accounts of twelve digits."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the images."
  type        = string
}

variable "force_delete" {
  description = "Let a destroy take the images with it. Never in prod."
  type        = bool
  default     = false
}
