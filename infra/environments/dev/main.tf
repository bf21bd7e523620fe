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
  allowed_account_ids = [var.account_id]
  default_tags {
    tags = { Environment = "dev", Project = "tickbell" }
  }
}

module "platform" {
  source            = "../../modules/platform"
  account_id        = var.account_id
  mail_identity     = var.mail_identity
  mail_from         = var.mail_from
  mail_feedback_url = var.mail_feedback_url
  admin_cidr_blocks = var.admin_cidr_blocks
  admin_role_arns   = var.admin_role_arns
  kafka_sha512      = var.kafka_sha512
  lambda_bundle     = var.lambda_bundle

  # One zone, small and disposable: the original's shape.
  disposable         = true
  node_capacity_type = "SPOT"
  node_count         = { min = 1, desired = 2, max = 3 }
}
