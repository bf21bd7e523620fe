variable "name" {
  description = "Name of the group."
  type        = string
}

variable "description" {
  description = "What the group is for; AWS never lets it change."
  type        = string
}

variable "vpc_id" {
  description = "VPC of the group."
  type        = string
}

variable "ingress" {
  description = "What may come in, by a name of its own: a port from addresses (cidr), or from the group itself (self)."
  type = map(object({
    description = string
    port        = number
    cidr        = optional(string)
    self        = optional(bool, false)
  }))
  default = {}
  validation {
    condition     = alltrue([for r in var.ingress : (r.cidr != null) != r.self])
    error_message = "Each of ingress has either cidr or self."
  }
  validation {
    condition     = alltrue([for r in var.ingress : r.cidr == null || (can(cidrnetmask(r.cidr)) && tonumber(split("/", coalesce(r.cidr, "10.0.0.0/16"))[1]) >= 16)])
    error_message = "Addresses in ingress must be IPv4 blocks of /16 or smaller: nothing is open to the world."
  }
  validation {
    condition     = alltrue([for r in var.ingress : r.port > 0 && r.port < 65536 && r.port != 22])
    error_message = "Ports in ingress must be from 1 to 65535, and not 22: there is no SSH here."
  }
}

variable "egress" {
  description = "What may go out besides HTTPS, by a name of its own: a port to addresses (cidr), to another group (group_id) or to the group itself (self)."
  type = map(object({
    description = string
    port        = number
    cidr        = optional(string)
    group_id    = optional(string)
    self        = optional(bool, false)
  }))
  default = {}
}

variable "egress_https" {
  description = "Let HTTPS out to everywhere: packages, Session Manager, AWS's APIs."
  type        = bool
  default     = true
}
