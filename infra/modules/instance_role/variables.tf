variable "name" {
  description = "Name of the role and of its instance profile."
  type        = string
  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{1,64}$", var.name))
    error_message = "name must be 1 to 64 letters, digits, _ . or -."
  }
}

variable "session_log_policy" {
  description = "Policy (JSON) that lets the session agent write its log; module session_manager makes it."
  type        = string
  validation {
    condition     = can(jsondecode(var.session_log_policy).Statement)
    error_message = "session_log_policy must be a policy document in JSON."
  }
}

variable "extra_policy" {
  description = "Policy (JSON) for what this instance needs besides, or null."
  type        = string
  default     = null
}
