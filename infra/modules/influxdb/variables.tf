variable "name" {
  description = "Prefix of names."
  type        = string
  default     = "stock"
}

variable "account_id" {
  description = "The account, part of the backup bucket's name."
  type        = string
}

variable "region" {
  description = "AWS region, for the instance's own calls."
  type        = string
  default     = "ap-northeast-2"
}

variable "vpc_id" {
  description = "VPC of the instance."
  type        = string
}

variable "subnet_id" {
  description = "Subnet of the instance: database-subnet-1."
  type        = string
}

variable "zone" {
  description = "Availability zone of the subnet."
  type        = string
  default     = "ap-northeast-2a"
}

variable "private_ip" {
  description = "Fixed private address, so that a replaced instance is found at the same place."
  type        = string
  default     = "10.100.200.10"
}

variable "client_cidr_blocks" {
  description = "Where clients come from: the middleware subnets."
  type        = list(string)
  validation {
    condition     = length(var.client_cidr_blocks) > 0 && alltrue([for c in var.client_cidr_blocks : can(cidrnetmask(c)) && tonumber(split("/", c)[1]) >= 16])
    error_message = "client_cidr_blocks must be IPv4 blocks of /16 or smaller: the database is never open to the world."
  }
}

variable "secret_arn" {
  description = "Secret with the admin's password and token, JSON {\"password\",\"token\"}; the instance adds tokens: {\"setup\",\"consumer\",\"control\",\"reader\"}."
  type        = string
}

variable "influxdb_version" {
  description = "InfluxDB's version."
  type        = string
  default     = "2.7.12"
  validation {
    condition     = can(regex("^2\\.[0-9]+\\.[0-9]+$", var.influxdb_version))
    error_message = "influxdb_version must be 2.x.y: the consumer writes with its API."
  }
}

variable "organisation" {
  description = "InfluxDB's organisation."
  type        = string
  default     = "project"
}

variable "bucket" {
  description = "InfluxDB's bucket for raw ticks."
  type        = string
  default     = "stock"
}

variable "retention_days" {
  description = "Days raw ticks are kept; 0 keeps them for ever."
  type        = number
  default     = 30
  validation {
    condition     = var.retention_days >= 0 && var.retention_days <= 3650
    error_message = "retention_days must be from 0 to 3650."
  }
}

variable "backup_days" {
  description = "Days a nightly backup is kept."
  type        = number
  default     = 14
  validation {
    condition     = var.backup_days >= 1
    error_message = "backup_days must be at least 1."
  }
}

variable "instance_type" {
  description = "Size of the instance."
  type        = string
  default     = "t2.medium"
}

variable "data_gb" {
  description = "Size of the data volume in GB."
  type        = number
  default     = 100
}

variable "force_destroy" {
  description = "Let a destroy take the backups with it. Never in prod."
  type        = bool
  default     = false
}

variable "kms_key_arn" {
  description = "Key that encrypts the disks."
  type        = string
}

variable "instance_profile" {
  description = "Instance profile; module instance_role makes it."
  type        = string
}

variable "final_snapshot" {
  description = "Take a snapshot of the data volume before Terraform destroys it."
  type        = bool
  default     = true
}
