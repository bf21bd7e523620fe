variable "name" {
  description = "Prefix of names."
  type        = string
  default     = "stock"
}

variable "time_utc" {
  description = "When snapshots begin, hh:mm in UTC; 11:30 is 20:30 in Seoul."
  type        = string
  default     = "11:30"
  validation {
    condition     = can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]$", var.time_utc))
    error_message = "time_utc must be hh:mm."
  }
}

variable "keep" {
  description = "Snapshots kept of each volume."
  type        = number
  default     = 7
  validation {
    condition     = var.keep >= 1 && var.keep <= 1000
    error_message = "keep must be from 1 to 1000."
  }
}
