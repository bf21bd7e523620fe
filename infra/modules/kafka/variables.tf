variable "name" {
  description = "Prefix of names; the cluster's id comes from it."
  type        = string
  default     = "stock"
}

variable "vpc_id" {
  description = "VPC of the nodes."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets the nodes are spread over in turn; the original had one, middleware-subnet-1."
  type        = list(string)
  validation {
    condition     = length(var.subnet_ids) > 0
    error_message = "subnet_ids must name at least one subnet."
  }
}

variable "zones" {
  description = "Availability zone of each subnet, in the same order."
  type        = list(string)
  default     = ["ap-northeast-2a"]
  validation {
    condition     = length(var.zones) == length(var.subnet_ids)
    error_message = "zones must have one zone for each subnet of subnet_ids."
  }
}

variable "broker_ips" {
  description = "Fixed private addresses of the nodes, in the order of their ids; an odd number, three at least."
  type        = list(string)
  default     = ["10.100.100.11", "10.100.100.12", "10.100.100.13"]
  validation {
    condition     = length(var.broker_ips) >= 3 && length(var.broker_ips) % 2 == 1 && length(distinct(var.broker_ips)) == length(var.broker_ips) && alltrue([for a in var.broker_ips : can(cidrnetmask("${a}/32"))])
    error_message = "broker_ips must be 3, 5 or 7 different IPv4 addresses: a quorum needs a majority."
  }
}

variable "client_cidr_blocks" {
  description = "Where clients come from: the middleware subnets."
  type        = list(string)
  validation {
    condition     = length(var.client_cidr_blocks) > 0 && alltrue([for c in var.client_cidr_blocks : can(cidrnetmask(c)) && tonumber(split("/", c)[1]) >= 16])
    error_message = "client_cidr_blocks must be IPv4 blocks of /16 or smaller: brokers are never open to the world."
  }
}

variable "cluster_id" {
  description = "Id of the cluster, 22 characters of base64url; empty: derived from the name."
  type        = string
  default     = ""
  validation {
    condition     = var.cluster_id == "" || can(regex("^[A-Za-z0-9_][A-Za-z0-9_-]{20}[AQgw]$", var.cluster_id))
    error_message = "cluster_id must be what kafka-storage.sh random-uuid prints."
  }
}

variable "kafka_version" {
  description = "Apache Kafka's version."
  type        = string
  default     = "4.3.1"
  validation {
    condition     = can(regex("^4\\.[0-9]+\\.[0-9]+$", var.kafka_version))
    error_message = "kafka_version must be 4.x.y: the nodes run without ZooKeeper."
  }
}

variable "kafka_sha512" {
  description = "SHA-512 of kafka_2.13-VERSION.tgz, the default's of 4.3.1; empty: the one that Apache publishes when the node is made."
  type        = string
  default     = "c7d7b2318cb51aa0c61d3246a51c349210073c5c9b754947ef965a439f2f939e8600f204e134a75ac31faf3829c9370960ef7c6a9886c8a1dbf0339a21f4c54c"
  nullable    = false
  validation {
    condition     = can(regex("^([0-9a-f]{128})?$", var.kafka_sha512))
    error_message = "kafka_sha512 must be 128 hex digits in lower case, or empty."
  }
}

variable "kafka_mirror" {
  description = "Where Kafka's archives are: the folder above the version's."
  type        = string
  default     = "https://archive.apache.org/dist/kafka"
  validation {
    condition     = can(regex("^https://[A-Za-z0-9./_-]+$", var.kafka_mirror))
    error_message = "kafka_mirror must be an https address."
  }
}

variable "kafka_checksums" {
  description = "Where Apache itself publishes the checksums: another host than the mirror."
  type        = string
  default     = "https://downloads.apache.org/kafka"
  validation {
    condition     = can(regex("^https://[A-Za-z0-9./_-]+$", var.kafka_checksums))
    error_message = "kafka_checksums must be an https address."
  }
}

variable "instance_type" {
  description = "Size of a node."
  type        = string
  default     = "t2.medium"
}

variable "heap_mb" {
  description = "Java heap of a node in MB; leave half of the memory to the page cache."
  type        = number
  default     = 1536
  validation {
    condition     = var.heap_mb >= 512 && var.heap_mb <= 16384
    error_message = "heap_mb must be from 512 to 16384."
  }
}

variable "data_gb" {
  description = "Size of a node's data volume in GB."
  type        = number
  default     = 50
}

variable "default_partitions" {
  description = "Partitions of a topic that is made without saying how many."
  type        = number
  default     = 6
  validation {
    condition     = var.default_partitions >= 1 && var.default_partitions <= 1000
    error_message = "default_partitions must be from 1 to 1000."
  }
}

variable "retention_hours" {
  description = "Hours that topics without their own retention are kept."
  type        = number
  default     = 168
  validation {
    condition     = var.retention_hours >= 1
    error_message = "retention_hours must be at least 1."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the disks."
  type        = string
}

variable "instance_profile" {
  description = "Instance profile; module instance_role makes it."
  type        = string
}

variable "region" {
  description = "AWS region of the secret."
  type        = string
  default     = "ap-northeast-2"
}

variable "tls" {
  description = "Clients speak TLS and sign in, nodes know each other by certificate, and nobody may what is not allowed. Off: as installations before 0.2.0 were."
  type        = bool
  default     = true
}

variable "secret_arn" {
  description = "Secret with each node's certificate and key, the authority, and the users' passwords; needed with tls."
  type        = string
  default     = ""
}

variable "users" {
  description = "Users that get a password: the roles that speak to the brokers, and topics, which makes topics and allows the others what they need."
  type        = list(string)
  default     = ["topics", "producer", "stream", "consumer", "notifier", "control", "lambda"]
  validation {
    condition     = contains(var.users, "topics") && alltrue([for user in var.users : can(regex("^[a-z]+$", user))])
    error_message = "users must be words of small letters, topics among them."
  }
}

variable "final_snapshots" {
  description = "Take a snapshot of a data volume before Terraform destroys it."
  type        = bool
  default     = true
}
