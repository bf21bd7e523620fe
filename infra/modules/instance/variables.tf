variable "name" {
  description = "Name of the instance, its host name too."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,62}$", var.name))
    error_message = "name must be 2 to 63 small letters, digits or -."
  }
}

variable "subnet_id" {
  description = "Subnet of the instance."
  type        = string
}

variable "private_ip" {
  description = "Fixed private address within the subnet, or null."
  type        = string
  default     = null
  validation {
    condition     = var.private_ip == null || can(cidrnetmask("${var.private_ip}/32"))
    error_message = "private_ip must be an IPv4 address."
  }
}

variable "security_group_id" {
  description = "Group of the instance; module security_group makes it."
  type        = string
}

variable "instance_profile" {
  description = "Instance profile; module instance_role makes it."
  type        = string
}

variable "instance_type" {
  description = "Size of the instance."
  type        = string
  validation {
    condition     = can(regex("^[a-z][0-9][a-z]*\\.[a-z0-9]+$", var.instance_type))
    error_message = "instance_type must look like t2.medium."
  }
}

variable "root_gb" {
  description = "Size of the root disk in GB."
  type        = number
  default     = 16
  validation {
    condition     = var.root_gb >= 8 && var.root_gb <= 1000
    error_message = "root_gb must be from 8 to 1000."
  }
}

variable "data_gb" {
  description = "Size of the data volume in GB, attached as /dev/sdb; 0: none."
  type        = number
  default     = 0
  validation {
    condition     = var.data_gb == 0 || (var.data_gb >= 10 && var.data_gb <= 16000)
    error_message = "data_gb must be 0, or from 10 to 16000."
  }
}

variable "zone" {
  description = "Availability zone of the subnet: the data volume's. Null without one."
  type        = string
  default     = null
}

variable "source_dest_check" {
  description = "Take only what is addressed to the instance. Off for one that passes traffic on."
  type        = bool
  default     = true
}

variable "files" {
  description = "Files that cloud-init writes, by path; those under sbin may be run. No secrets: everybody on the instance reads user data."
  type        = map(object({ content = string }))
}

variable "run" {
  description = "The program of files that cloud-init runs at the first start."
  type        = string
  validation {
    condition     = contains(keys(var.files), var.run)
    error_message = "run must be one of the paths of files."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the disks."
  type        = string
}

variable "final_snapshot" {
  description = "Take a snapshot of the data volume before Terraform destroys it; off where everything may go, for dev."
  type        = bool
  default     = true
}
