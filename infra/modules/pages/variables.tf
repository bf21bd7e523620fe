variable "name" {
  description = "Prefix of names."
  type        = string
  default     = "stock"
}

variable "account_id" {
  description = "Account whose alarms may ring."
  type        = string
}

variable "receivers" {
  description = "Who is called: mail addresses, and https addresses of a paging service that confirms SNS's subscriptions."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for r in var.receivers : can(regex("^(https://[^\\s]+|[^@\\s]+@[^@\\s]+)$", r))])
    error_message = "receivers must be mail addresses or https addresses."
  }
}

variable "instances" {
  description = "Instances that are watched, by name; has_data: with a data volume that may fill up."
  type        = map(object({ id = string, has_data = bool }))
}

variable "nat_instance_id" {
  description = "The NAT instance."
  type        = string
}

variable "disk_percent" {
  description = "How full a data volume may be, in per cent."
  type        = number
  default     = 80
  validation {
    condition     = var.disk_percent >= 50 && var.disk_percent <= 95
    error_message = "disk_percent must be from 50 to 95."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the messages."
  type        = string
}

variable "brokers" {
  description = "Names of the instances that are Kafka's."
  type        = set(string)
  default     = []
}

variable "backed_up" {
  description = "Names of the instances that back themselves up every night."
  type        = set(string)
  default     = []
}

variable "backup_hours" {
  description = "How old the last backup may be, in hours."
  type        = number
  default     = 30
  validation {
    condition     = var.backup_hours >= 25
    error_message = "backup_hours must be at least 25: one is made a day."
  }
}
