variable "repository_arns" {
  description = "Repositories that agents push to, by name."
  type        = map(string)
  validation {
    condition     = length(var.repository_arns) > 0
    error_message = "repository_arns must name at least one repository."
  }
}

variable "cache_repository" {
  description = "Repository of Kaniko's cached layers."
  type        = string
  default     = "stock/cache"
  validation {
    condition     = can(regex("^[a-z0-9]+(?:[._/-][a-z0-9]+)*$", var.cache_repository))
    error_message = "cache_repository must be a name in lower case such as stock/cache."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the images."
  type        = string
}

variable "account_id" {
  description = "This account, whose key signs images."
  type        = string
}

variable "pull_accounts" {
  description = "Accounts that pull images, and verify their signatures."
  type        = list(string)
  default     = []
}
