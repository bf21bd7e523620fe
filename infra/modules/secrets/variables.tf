variable "name" {
  description = "Prefix of names."
  type        = string
  default     = "stock"
}

variable "secrets" {
  description = "Secrets by name, each with what it holds."
  type        = map(string)
  default = {
    influxdb = "InfluxDB's admin: {\"password\",\"token\"}; its instance adds {\"setup\",\"consumer\",\"control\",\"reader\"}"
    kafka    = "Brokers: each node's certificate and key by its name, {\"authority\"}, and each user's password by the user's name"
    kis      = "KIS: {\"appKeys\",\"appSecrets\"}, several separated by commas"
    api      = "The control API's first key: {\"key\"}"
    webhook  = "The key that signs webhooks: {\"secret\"}"
    links    = "The key that signs the links in mails: {\"secret\"}"
    log      = "Seals of Kafka's records that give power: {\"secret\"}, ID:SECRET separated by commas"
    grafana  = "Grafana's admin: {\"user\",\"password\"}"
    # The key that signs the brokers' certificates: nobody but who deploys reads it.
    kafka-authority = "The authority of the brokers' certificates: {\"certificate\",\"key\"}"
    # As a Lambda's event source wants them.
    kafka-lambda = "The user of the Lambda's event source: {\"username\",\"password\"}"
    kafka-root   = "What that event source believes: {\"certificate\"}"
    jenkins      = "Jenkins's admin and webhook: {\"adminPassword\",\"webhook\"}"
  }
  validation {
    condition     = alltrue([for name, _ in var.secrets : can(regex("^[a-z][a-z0-9-]*$", name))])
    error_message = "names of secrets must be small letters, digits and -."
  }
}

variable "parameters" {
  description = "Settings that are not secret, by name."
  type        = map(string)
  default     = {}
}

variable "recovery_days" {
  description = "Days a deleted secret can be brought back; 0 deletes at once, for dev."
  type        = number
  default     = 30
  validation {
    condition     = var.recovery_days == 0 || (var.recovery_days >= 7 && var.recovery_days <= 30)
    error_message = "recovery_days must be 0, or from 7 to 30."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the secrets."
  type        = string
}
