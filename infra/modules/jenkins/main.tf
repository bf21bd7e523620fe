# Jenkins's side of AWS: its agents push images of this project and look at nothing else. Jenkins itself runs on EKS from
# infra/jenkins; what it may do there is in the manifests of that folder.

locals {
  agent_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LogIn"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
      {
        Sid    = "Push"
        Effect = "Allow"
        Action = [
          "ecr:BatchCheckLayerAvailability",
          "ecr:BatchGetImage",
          "ecr:CompleteLayerUpload",
          "ecr:DescribeImages",
          "ecr:GetDownloadUrlForLayer",
          "ecr:InitiateLayerUpload",
          "ecr:PutImage",
          "ecr:UploadLayerPart",
        ]
        Resource = concat(values(var.repository_arns), [aws_ecr_repository.cache.arn])
      },
      {
        Sid      = "Key"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.kms_key_arn
      },
      {
        Sid      = "Sign"
        Effect   = "Allow"
        Action   = ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"]
        Resource = aws_kms_key.images.arn
      },
      {
        # Prod's agents believe what dev's have signed.
        Sid       = "BelieveOthers"
        Effect    = "Allow"
        Action    = ["kms:DescribeKey", "kms:GetPublicKey"]
        Resource  = "arn:aws:kms:*:*:key/*"
        Condition = { StringEquals = { "kms:RequestAlias" = "alias/stock-images" } }
      },
    ]
  })
}

# Images are signed by it, and deployed only with its signature.
resource "aws_kms_key" "images" {
  #checkov:skip=CKV_AWS_7:KMS does not rotate keys that sign
  description              = "Signs the images of stock"
  key_usage                = "SIGN_VERIFY"
  customer_master_key_spec = "ECC_NIST_P256"
  deletion_window_in_days  = 30
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([{
      Sid       = "Account"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${var.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
      }], length(var.pull_accounts) == 0 ? [] : [{
      Sid       = "WhoPullsVerifies"
      Effect    = "Allow"
      Principal = { AWS = [for account in var.pull_accounts : "arn:aws:iam::${account}:root"] }
      Action    = ["kms:DescribeKey", "kms:GetPublicKey"]
      Resource  = "*"
    }])
  })
}

resource "aws_kms_alias" "images" {
  name          = "alias/stock-images"
  target_key_id = aws_kms_key.images.key_id
}

# Kaniko's layers, shared by the builds of all roles.
resource "aws_ecr_repository" "cache" {
  #checkov:skip=CKV_AWS_51:cached layers are written again under the same tag
  #checkov:skip=CKV_AWS_163:cached layers are never run; the images made of them are scanned
  name                 = var.cache_repository
  image_tag_mutability = "MUTABLE"
  force_delete         = true
  image_scanning_configuration {
    scan_on_push = false
  }
  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.kms_key_arn
  }
}

resource "aws_ecr_lifecycle_policy" "cache" {
  repository = aws_ecr_repository.cache.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Layers older than two weeks"
      selection    = { tagStatus = "any", countType = "sinceImagePushed", countUnit = "days", countNumber = 14 }
      action       = { type = "expire" }
    }]
  })
}
