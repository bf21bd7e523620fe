variable "settings" {
  description = <<-END
    What only the user knows. account_id: the account of this environment, one account each. mail_identity: the sender in
    SES, a domain or one address. mail_from: sender of the mails. mail_feedback_url: address of the control API that takes
    bounces and complaints (https), or null. console_url: where users reach the console, for links in mails, or null. admin_cidr_blocks: addresses that may reach the cluster's API: the office, the
    VPN. admin_role_arns: roles that administer the cluster besides its creator. kafka_sha512: SHA-512 of Kafka's archive;
    null: that of module kafka's version; empty: the one that Apache publishes when the node is made. lambda_bundle: zip of the notifier's Lambda; empty: the
    notifier runs inside the cluster.
  END
  type = object({
    account_id        = string
    mail_identity     = string
    mail_from         = string
    mail_feedback_url = optional(string)
    console_url       = optional(string)
    admin_cidr_blocks = optional(list(string), [])
    admin_role_arns   = optional(list(string), [])
    kafka_sha512      = optional(string)
    lambda_bundle     = optional(string, "")
    # For one deployment: records without a seal are believed too, until tickbell topics seal has adopted them.
    accept_unsealed = optional(bool, false)
    # Brokers speak TLS and want to know who asks. Off for an installation from before 0.2.0 until it is moved: upgrade.md, Brokers.
    kafka_tls = optional(bool, true)
    # Accounts that pull the images that are here; the account whose images Jenkins deploys (for deno task deploy only).
    image_pull_accounts = optional(list(string), [])
    registry_account    = optional(string)
    # Who is called when brokers, disks, InfluxDB or NAT are in trouble: mail or https addresses.
    pages = optional(list(string), [])
    # Where the market comes from: kis or simulator (for deno task deploy only).
    feed = optional(string)
  })
  validation {
    condition     = can(regex("^[0-9]{12}$", var.settings.account_id))
    error_message = "account_id must be twelve digits."
  }
  validation {
    condition     = endswith(var.settings.mail_from, var.settings.mail_identity)
    error_message = "mail_from must belong to mail_identity."
  }
  validation {
    condition     = var.settings.feed == null || contains(["kis", "simulator"], coalesce(var.settings.feed, "kis"))
    error_message = "feed must be kis or simulator."
  }
}

variable "name" {
  description = "Prefix of names."
  type        = string
  default     = "stock"
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "name must be 2 to 21 small letters, digits or -."
  }
}

variable "region" {
  description = "AWS region."
  type        = string
  default     = "ap-northeast-2"
}

variable "zones" {
  description = "The two availability zones."
  type        = list(string)
  default     = ["ap-northeast-2a", "ap-northeast-2b"]
}

variable "namespace" {
  description = "Kubernetes namespace of the application."
  type        = string
  default     = "stock"
}

variable "disposable" {
  description = "Let a destroy take images, logs and backups with it: for dev."
  type        = bool
  default     = false
}

variable "nat_route_tables" {
  description = "Private route tables that lead to the NAT instance: 0, 1 middleware, 2, 3 database."
  type        = list(number)
  default     = [0, 2]
  validation {
    condition     = alltrue([for i in var.nat_route_tables : contains([0, 1, 2, 3], i)]) && contains(var.nat_route_tables, 0) && contains(var.nat_route_tables, 2)
    error_message = "nat_route_tables must be of 0 to 3 and have 0 (Kafka, nodes) and 2 (InfluxDB)."
  }
}

variable "nat_instance_type" {
  description = "Size of the NAT instance."
  type        = string
  default     = "t2.micro"
}

variable "kafka_zones" {
  description = "Zones (0, 1) that the Kafka nodes take in turn; the original had all in 0."
  type        = list(number)
  default     = [0]
}

variable "kafka_broker_ips" {
  description = "Fixed addresses of the Kafka nodes, within the subnets of kafka_zones in turn."
  type        = list(string)
  default     = ["10.100.100.11", "10.100.100.12", "10.100.100.13"]
}

variable "kafka_instance_type" {
  description = "Size of a Kafka node."
  type        = string
  default     = "t2.medium"
}

variable "kafka_heap_mb" {
  description = "Java heap of a Kafka node in MB."
  type        = number
  default     = 1536
}

variable "kafka_data_gb" {
  description = "Data volume of a Kafka node in GB."
  type        = number
  default     = 50
}

variable "influxdb_instance_type" {
  description = "Size of the InfluxDB instance."
  type        = string
  default     = "t2.medium"
}

variable "influxdb_data_gb" {
  description = "Data volume of InfluxDB in GB."
  type        = number
  default     = 100
}

variable "influxdb_retention_days" {
  description = "Days raw ticks are kept."
  type        = number
  default     = 30
}

variable "kubernetes_version" {
  description = "Kubernetes's minor version."
  type        = string
  default     = "1.35"
}

variable "node_zones" {
  description = "Zones (0, 1) of the nodes; each one's middleware route table must be in nat_route_tables."
  type        = list(number)
  default     = [0]
  validation {
    condition     = length(var.node_zones) > 0 && alltrue([for i in var.node_zones : contains(var.nat_route_tables, i)])
    error_message = "node_zones must be 0 or 1, and each of them also in nat_route_tables: nodes need a way out."
  }
}

variable "node_instance_types" {
  description = "Sizes of a node."
  type        = list(string)
  default     = ["t3.large"]
}

variable "node_capacity_type" {
  description = "ON_DEMAND or SPOT."
  type        = string
  default     = "ON_DEMAND"
}

variable "node_count" {
  description = "Fewest, wanted and most nodes."
  type        = object({ min = number, desired = number, max = number })
  default     = { min = 1, desired = 2, max = 4 }
}

variable "snapshots" {
  description = "Daily snapshots kept of each data volume."
  type        = number
  default     = 7
}
