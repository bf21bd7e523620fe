# The bucket of the state itself, made once an account before everything else, with its state beside it. When that local
# state is lost nothing is: deno task deploy looks whether the bucket is there and leaves it alone.
terraform {
  required_version = ">= 1.10"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.25.0, < 7.0.0"
    }
  }
}

provider "aws" {
  region              = "ap-northeast-2"
  allowed_account_ids = [var.account_id]
  default_tags {
    tags = { Project = "tickbell" }
  }
}

variable "account_id" {
  description = "The account."
  type        = string
  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be twelve digits."
  }
}

module "state" {
  source = "../modules/state"
  bucket = "tickbell-state-${var.account_id}"
}

output "bucket" {
  description = "The bucket of the state."
  value       = module.state.bucket
}
