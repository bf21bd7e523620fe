terraform {
  required_version = ">= 1.10"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.25.0, < 7.0.0"
    }
  }
  # The bucket is given by "deno task deploy": terraform init -backend-config=bucket=tickbell-state-ACCOUNT
  backend "s3" {
    key          = "prod/terraform.tfstate"
    region       = "ap-northeast-2"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region              = "ap-northeast-2"
  allowed_account_ids = [var.settings.account_id]
  default_tags {
    tags = { Environment = "prod", Project = "tickbell" }
  }
}

module "platform" {
  source   = "../../modules/platform"
  settings = var.settings

  # Two zones where it helps; larger disks. A zone's loss leaves the nodes of the other one (docs/deployment/runbooks.md).
  nat_route_tables       = [0, 1, 2, 3]
  nat_instance_type      = "t3.small"
  kafka_zones            = [0, 1, 0]
  kafka_broker_ips       = ["10.100.100.11", "10.100.110.12", "10.100.100.13"]
  kafka_instance_type    = "t3.large"
  kafka_heap_mb          = 3072
  kafka_data_gb          = 200
  influxdb_instance_type = "t3.large"
  influxdb_data_gb       = 300
  node_zones             = [0, 1]
  node_count             = { min = 2, desired = 3, max = 8 }
  snapshots              = 14
}
