variable "name" {
  description = "Name of the role."
  type        = string
  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{1,64}$", var.name))
    error_message = "name must be 1 to 64 letters, digits, _ . or -."
  }
}

variable "service" {
  description = "The service that takes the role on, such as ec2.amazonaws.com."
  type        = string
  validation {
    condition     = can(regex("^[a-z0-9.-]+\\.amazonaws\\.com$", var.service))
    error_message = "service must be a service's name such as ec2.amazonaws.com."
  }
}

variable "tag_session" {
  description = "Let the service tag its sessions too, as EKS does."
  type        = bool
  default     = false
}

variable "policies" {
  description = "What the role may do: policies (JSON) by name."
  type        = map(string)
  default     = {}
  validation {
    condition     = alltrue([for p in values(var.policies) : can(jsondecode(p).Statement)])
    error_message = "Each of policies must be a policy document in JSON."
  }
}

variable "managed_policies" {
  description = "AWS's own policies, by the path after arn:aws:iam::aws:policy/."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for p in var.managed_policies : p != "AdministratorAccess" && p != "PowerUserAccess" && can(regex("^[A-Za-z0-9_/-]+$", p))])
    error_message = "managed_policies must be names of AWS's policies, and neither AdministratorAccess nor PowerUserAccess."
  }
}
