# One private repository a role. A tag is a commit and never moves; untagged layers go after a while.

resource "aws_ecr_repository" "this" {
  for_each             = toset(var.repositories)
  name                 = each.value
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.force_delete
  image_scanning_configuration {
    scan_on_push = true
  }
  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.kms_key_arn
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  for_each   = aws_ecr_repository.this
  repository = each.value.name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "Untagged images"
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = var.untagged_days }
        action       = { type = "expire" }
      },
      {
        rulePriority = 2
        # A commit is three of them: its image, the signature and what is attested of it are tags of their own.
        description = "All but the last ${var.keep_commits} commits"
        selection   = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 3 * var.keep_commits }
        action      = { type = "expire" }
      },
    ]
  })
}

resource "aws_ecr_repository_policy" "pull" {
  for_each   = length(var.pull_accounts) > 0 ? aws_ecr_repository.this : {}
  repository = each.value.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Pull"
      Effect    = "Allow"
      Principal = { AWS = [for account in var.pull_accounts : "arn:aws:iam::${account}:root"] }
      Action    = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }]
  })
}
