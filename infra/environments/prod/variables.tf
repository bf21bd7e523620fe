variable "account_id" {
  description = "The account of this environment."
  type        = string
}

variable "mail_identity" {
  description = "The sender in SES: a domain or one address."
  type        = string
}

variable "mail_from" {
  description = "Sender of the mails."
  type        = string
}

variable "mail_feedback_url" {
  description = "Address of the control API that takes bounces and complaints (https), or null."
  type        = string
  default     = null
}

variable "admin_cidr_blocks" {
  description = "Addresses that may reach the cluster's API: the office, the VPN."
  type        = list(string)
}

variable "admin_role_arns" {
  description = "Roles that administer the cluster besides its creator."
  type        = list(string)
  default     = []
}

variable "kafka_sha512" {
  description = "SHA-512 of Kafka's archive; empty: the one that Apache publishes when the node is made."
  type        = string
  default     = ""
}

variable "lambda_bundle" {
  description = "Zip of the notifier's Lambda; empty: the notifier runs inside the cluster."
  type        = string
  default     = ""
}
