variable "name" {
  description = "Name of the cluster."
  type        = string
  default     = "stock"
  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,40}$", var.name))
    error_message = "name must be 1 to 41 letters, digits, _ or -."
  }
}

variable "project_tag" {
  description = "Value of the tag Project that the nodes carry."
  type        = string
  default     = "tickbell"
}

variable "kubernetes_version" {
  description = "Kubernetes's minor version."
  type        = string
  default     = "1.35"
  validation {
    condition     = contains(["1.33", "1.34", "1.35"], var.kubernetes_version)
    error_message = "kubernetes_version must be 1.33, 1.34 or 1.35: the charts are checked against these."
  }
}

variable "subnet_ids" {
  description = "Subnets of the control plane's interfaces, in two zones."
  type        = list(string)
  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids must be in two zones at least: EKS asks for it."
  }
}

variable "node_subnet_ids" {
  description = "Subnets of the nodes; each needs a default route."
  type        = list(string)
  validation {
    condition     = length(var.node_subnet_ids) > 0
    error_message = "node_subnet_ids must name at least one subnet."
  }
}

variable "public_access_cidr_blocks" {
  description = "Addresses that may reach the cluster's API from outside; none: only from within the VPC."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for c in var.public_access_cidr_blocks : can(cidrnetmask(c)) && tonumber(split("/", c)[1]) >= 8])
    error_message = "public_access_cidr_blocks must be IPv4 blocks of /8 or smaller: never the whole world."
  }
}

variable "admin_role_arns" {
  description = "Roles that administer the cluster besides its creator."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for a in var.admin_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/", a))])
    error_message = "admin_role_arns must be ARNs of IAM roles or users."
  }
}

variable "session_log_policy" {
  description = "Policy (JSON) that lets the session agent write its log; module session_manager makes it."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts Kubernetes's secrets, the nodes' disks and the log."
  type        = string
}

variable "log_days" {
  description = "Days the control plane's log is kept."
  type        = number
  default     = 365
  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_days)
    error_message = "log_days must be one of 30, 60, 90, 120, 150, 180, 365, 400, 545, 731."
  }
}

variable "node_instance_types" {
  description = "Sizes of a node, the first that can be had."
  type        = list(string)
  default     = ["t3.large"]
  validation {
    condition     = length(var.node_instance_types) > 0
    error_message = "node_instance_types must name at least one size."
  }
}

variable "node_capacity_type" {
  description = "ON_DEMAND or SPOT."
  type        = string
  default     = "ON_DEMAND"
  validation {
    condition     = contains(["ON_DEMAND", "SPOT"], var.node_capacity_type)
    error_message = "node_capacity_type must be ON_DEMAND or SPOT."
  }
}

variable "node_count" {
  description = "Fewest, wanted and most nodes."
  type        = object({ min = number, desired = number, max = number })
  default     = { min = 1, desired = 2, max = 4 }
  validation {
    condition     = var.node_count.min >= 1 && var.node_count.min <= var.node_count.desired && var.node_count.desired <= var.node_count.max
    error_message = "node_count must rise: 1 <= min <= desired <= max."
  }
}

variable "node_disk_gb" {
  description = "Size of a node's disk in GB."
  type        = number
  default     = 40
  validation {
    condition     = var.node_disk_gb >= 20 && var.node_disk_gb <= 1000
    error_message = "node_disk_gb must be from 20 to 1000."
  }
}

variable "pod_roles" {
  description = "What pods may do in AWS: namespace, service account, and a policy (JSON) or the name of a policy of AWS's."
  type = map(object({
    namespace       = string
    service_account = string
    policy          = optional(string)
    managed_policy  = optional(string)
  }))
  default = {}
  validation {
    condition     = alltrue([for r in var.pod_roles : (r.policy == null) != (r.managed_policy == null)])
    error_message = "each of pod_roles has either policy or managed_policy."
  }
}
