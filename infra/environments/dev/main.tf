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
    key          = "dev/terraform.tfstate"
    region       = "ap-northeast-2"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region              = "ap-northeast-2"
  allowed_account_ids = [var.settings.account_id]
  default_tags {
    tags = { Environment = "dev", Project = "tickbell" }
  }
}

module "platform" {
  source   = "../../modules/platform"
  settings = var.settings

  # One zone, small and disposable: the original's shape.
  disposable         = true
  node_capacity_type = "SPOT"
  node_count         = { min = 1, desired = 2, max = 3 }
}
