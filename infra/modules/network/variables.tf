variable "name" {
  description = "Name of the VPC."
  type        = string
  default     = "stock_alert_VPC"
}

variable "region" {
  description = "AWS region, for the names of the gateway endpoints."
  type        = string
  default     = "ap-northeast-2"
}

variable "cidr_block" {
  description = "Addresses of the whole VPC."
  type        = string
  default     = "10.100.0.0/16"
  validation {
    condition     = can(cidrnetmask(var.cidr_block)) && tonumber(split("/", var.cidr_block)[1]) <= 20
    error_message = "cidr_block must be an IPv4 block of /20 or larger, such as 10.100.0.0/16."
  }
}

variable "zones" {
  description = "The two availability zones; subnets name one by its index."
  type        = list(string)
  default     = ["ap-northeast-2a", "ap-northeast-2b"]
  validation {
    condition     = length(var.zones) == 2 && length(distinct(var.zones)) == 2
    error_message = "zones must be two different availability zones: EKS needs two."
  }
}

variable "public_subnets" {
  description = "Public subnets: name, addresses, index of the zone."
  type        = list(object({ name = string, cidr_block = string, zone = number }))
  default = [
    { name = "nat-instance-subnet-1", cidr_block = "10.100.30.0/24", zone = 0 },
    { name = "nat-instance-subnet-2", cidr_block = "10.100.40.0/24", zone = 1 },
  ]
  validation {
    condition     = alltrue([for s in var.public_subnets : can(cidrnetmask(s.cidr_block)) && contains([0, 1], s.zone)])
    error_message = "each public subnet needs an IPv4 block and a zone of 0 or 1."
  }
}

variable "private_subnets" {
  description = "Private subnets in the order of their route tables: middleware 1, 2, database 1, 2."
  type        = list(object({ name = string, cidr_block = string, zone = number }))
  default = [
    { name = "middleware-subnet-1", cidr_block = "10.100.100.0/24", zone = 0 },
    { name = "middleware-subnet-2", cidr_block = "10.100.110.0/24", zone = 1 },
    { name = "database-subnet-1", cidr_block = "10.100.200.0/24", zone = 0 },
    { name = "database-subnet-2", cidr_block = "10.100.210.0/24", zone = 1 },
  ]
  validation {
    condition     = length(var.private_subnets) == 4 && alltrue([for s in var.private_subnets : can(cidrnetmask(s.cidr_block)) && contains([0, 1], s.zone)])
    error_message = "private_subnets must be four: middleware 1 and 2, database 1 and 2, each with an IPv4 block and a zone of 0 or 1."
  }
}

variable "flow_log_days" {
  description = "Days the refused connections of the VPC are kept in CloudWatch Logs."
  type        = number
  default     = 365
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.flow_log_days)
    error_message = "flow_log_days must be one of the retentions that CloudWatch Logs knows (7, 14, 30, 90, 365, ...)."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the flow log."
  type        = string
}
