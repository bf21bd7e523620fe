variable "vpc_id" {
  description = "VPC of the instance."
  type        = string
}

variable "subnet_id" {
  description = "Public subnet of the instance."
  type        = string
}

variable "private_cidr_blocks" {
  description = "Addresses whose traffic is passed on."
  type        = list(string)
  validation {
    condition     = length(var.private_cidr_blocks) > 0 && alltrue([for c in var.private_cidr_blocks : can(cidrnetmask(c)) && c != "0.0.0.0/0"])
    error_message = "private_cidr_blocks must be IPv4 blocks of the private subnets, never 0.0.0.0/0."
  }
}

variable "route_table_ids" {
  description = "Route tables whose default route leads here; the original had private tables 0 and 2."
  type        = list(string)
  validation {
    condition     = length(var.route_table_ids) > 0
    error_message = "route_table_ids must name at least one route table."
  }
}

variable "egress_tcp_ports" {
  description = "Ports that may be reached outside: packages and APIs (80, 443), KIS (9443, 21000; 29443, 31000 on paper), SMTP submission."
  type        = list(number)
  default     = [80, 443, 465, 587, 9443, 21000, 29443, 31000]
  validation {
    condition     = alltrue([for p in var.egress_tcp_ports : p > 0 && p < 65536]) && !contains(var.egress_tcp_ports, 22)
    error_message = "egress_tcp_ports must be ports from 1 to 65535, and not 22: there is no SSH here."
  }
}

variable "instance_type" {
  description = "Size of the instance."
  type        = string
  default     = "t2.micro"
}

variable "kms_key_arn" {
  description = "Key that encrypts the disks."
  type        = string
}

variable "instance_profile" {
  description = "Instance profile; module instance_role makes it."
  type        = string
}
