# Everything of one environment, put together. infra/environments/dev and prod call it with their sizes.

module "encryption" {
  source     = "../encryption"
  name       = var.name
  account_id = var.settings.account_id
  region     = var.region
}

module "network" {
  source      = "../network"
  region      = var.region
  zones       = var.zones
  kms_key_arn = module.encryption.key_arn
}

module "session_manager" {
  source        = "../session_manager"
  name          = var.name
  account_id    = var.settings.account_id
  region        = var.region
  kms_key_arn   = module.encryption.key_arn
  force_destroy = var.disposable
}

module "nat_role" {
  source             = "../instance_role"
  name               = "${var.name}-nat"
  session_log_policy = module.session_manager.session_log_policy
}

module "nat" {
  source              = "../nat"
  vpc_id              = module.network.vpc_id
  subnet_id           = module.network.public_subnet_ids[0]
  private_cidr_blocks = module.network.private_cidr_blocks
  route_table_ids     = [for i in var.nat_route_tables : module.network.private_route_table_ids[i]]
  instance_type       = var.nat_instance_type
  instance_profile    = module.nat_role.profile_name
  kms_key_arn         = module.encryption.key_arn
}

module "secrets" {
  source        = "../secrets"
  name          = var.name
  kms_key_arn   = module.encryption.key_arn
  recovery_days = var.disposable ? 0 : 30
}

module "kafka_role" {
  source             = "../instance_role"
  name               = "${var.name}-kafka"
  session_log_policy = module.session_manager.session_log_policy
  # Its certificate and the users' passwords; the authority's key is the deployment's alone.
  extra_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = module.secrets.secret_arns["kafka"] },
      { Effect = "Allow", Action = "kms:Decrypt", Resource = module.encryption.key_arn },
    ]
  })
}

module "kafka" {
  source             = "../kafka"
  name               = var.name
  vpc_id             = module.network.vpc_id
  subnet_ids         = [for i in var.kafka_zones : module.network.middleware_subnet_ids[i]]
  zones              = [for i in var.kafka_zones : var.zones[i]]
  broker_ips         = var.kafka_broker_ips
  client_cidr_blocks = module.network.middleware_cidr_blocks
  instance_type      = var.kafka_instance_type
  heap_mb            = var.kafka_heap_mb
  data_gb            = var.kafka_data_gb
  kafka_sha512       = var.settings.kafka_sha512
  region             = var.region
  tls                = var.settings.kafka_tls
  secret_arn         = module.secrets.secret_arns["kafka"]
  final_snapshots    = !var.disposable
  instance_profile   = module.kafka_role.profile_name
  kms_key_arn        = module.encryption.key_arn
  # Nodes fetch Kafka through the NAT instance at their first start.
  depends_on = [module.nat]
}

module "influxdb_role" {
  source             = "../instance_role"
  name               = "${var.name}-influxdb"
  session_log_policy = module.session_manager.session_log_policy
  extra_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
        Resource = module.secrets.secret_arns["influxdb"]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:GetObject"]
        Resource = "arn:aws:s3:::${var.name}-influxdb-backup-${var.settings.account_id}/*"
      },
      {
        # A restore finds its files.
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = "arn:aws:s3:::${var.name}-influxdb-backup-${var.settings.account_id}"
      },
      {
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = module.encryption.key_arn
      },
    ]
  })
}

module "influxdb" {
  source             = "../influxdb"
  name               = var.name
  account_id         = var.settings.account_id
  region             = var.region
  vpc_id             = module.network.vpc_id
  subnet_id          = module.network.database_subnet_ids[0]
  zone               = var.zones[0]
  client_cidr_blocks = module.network.middleware_cidr_blocks
  instance_type      = var.influxdb_instance_type
  data_gb            = var.influxdb_data_gb
  retention_days     = var.influxdb_retention_days
  secret_arn         = module.secrets.secret_arns["influxdb"]
  instance_profile   = module.influxdb_role.profile_name
  kms_key_arn        = module.encryption.key_arn
  force_destroy      = var.disposable
  final_snapshot     = !var.disposable
  depends_on         = [module.nat]
}

module "ecr" {
  source        = "../ecr"
  pull_accounts = var.settings.image_pull_accounts
  kms_key_arn   = module.encryption.key_arn
  force_delete  = var.disposable
}

module "jenkins" {
  source          = "../jenkins"
  account_id      = var.settings.account_id
  pull_accounts   = var.settings.image_pull_accounts
  repository_arns = module.ecr.repository_arns
  kms_key_arn     = module.encryption.key_arn
}

module "ses" {
  source       = "../ses"
  name         = var.name
  account_id   = var.settings.account_id
  identity     = var.settings.mail_identity
  feedback_url = var.settings.mail_feedback_url
  kms_key_arn  = module.encryption.key_arn
}

module "eks" {
  source                    = "../eks"
  name                      = var.name
  kubernetes_version        = var.kubernetes_version
  subnet_ids                = module.network.middleware_subnet_ids
  node_subnet_ids           = [for i in var.node_zones : module.network.middleware_subnet_ids[i]]
  node_instance_types       = var.node_instance_types
  node_capacity_type        = var.node_capacity_type
  node_count                = var.node_count
  public_access_cidr_blocks = var.settings.admin_cidr_blocks
  admin_role_arns           = var.settings.admin_role_arns
  session_log_policy        = module.session_manager.session_log_policy
  kms_key_arn               = module.encryption.key_arn
  pod_roles = merge(module.jenkins.pod_roles, local.mirror_role, {
    notifier     = { namespace = var.namespace, service_account = "notifier", policy = module.ses.sender_policy }
    alertmanager = { namespace = "monitoring", service_account = "alertmanager", policy = module.pages.publisher_policy }
    cluster-autoscaler = {
      namespace       = "kube-system"
      service_account = "cluster-autoscaler"
      policy          = local.autoscaler_policy
    }
    ebs-csi = {
      namespace       = "kube-system"
      service_account = "ebs-csi-controller-sa"
      managed_policy  = "AmazonEBSCSIDriverPolicyV2"
    }
  })
  depends_on = [module.nat]
}

module "lambda" {
  count                     = var.settings.lambda_bundle == "" ? 0 : 1
  source                    = "../lambda"
  name                      = var.name
  account_id                = var.settings.account_id
  region                    = var.region
  vpc_id                    = module.network.vpc_id
  subnet_ids                = [module.network.middleware_subnet_ids[0]]
  kafka_security_group_id   = module.kafka.security_group_id
  bootstrap                 = module.kafka.bootstrap
  bundle                    = var.settings.lambda_bundle
  bundle_hash               = filebase64sha256(var.settings.lambda_bundle)
  mail_from                 = var.settings.mail_from
  ses_configuration_set_arn = module.ses.configuration_set_arn
  webhook_secret_arn        = module.secrets.secret_arns["webhook"]
  link_secret_arn           = module.secrets.secret_arns["links"]
  log_secret_arn            = module.secrets.secret_arns["log"]
  kafka_user_secret_arn     = var.settings.kafka_tls ? module.secrets.secret_arns["kafka-lambda"] : null
  kafka_root_secret_arn     = var.settings.kafka_tls ? module.secrets.secret_arns["kafka-root"] : null
  accept_unsealed           = var.settings.accept_unsealed
  console_url               = var.settings.console_url
  deletion_protection       = !var.disposable
  pages_topic_arn           = module.pages.topic_arn
  kms_key_arn               = module.encryption.key_arn
}

module "pages" {
  source          = "../pages"
  name            = var.name
  account_id      = var.settings.account_id
  receivers       = var.settings.pages
  brokers         = keys(module.kafka.instance_ids)
  backed_up       = ["database-instance"]
  nat_instance_id = module.nat.instance_id
  kms_key_arn     = module.encryption.key_arn
  instances = merge(
    { for name, id in module.kafka.instance_ids : name => { id = id, has_data = true } },
    { "database-instance" = { id = module.influxdb.instance_id, has_data = true } },
    { "nat-instance" = { id = module.nat.instance_id, has_data = false } },
  )
}

module "backup" {
  source = "../backup"
  name   = var.name
  keep   = var.snapshots
}

# Where the Lambda mails, control copies between its table and the event log.
locals {
  mirror_role = { for lambda in module.lambda : "control" => {
    namespace       = var.namespace
    service_account = "control"
    policy          = lambda.mirror_policy
  } }
}

# Counts what there is, and changes the size of this cluster's node group only. It is installed by deno task deploy with KEDA.
locals {
  autoscaler_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "autoscaling:DescribeAutoScalingGroups",
          "autoscaling:DescribeAutoScalingInstances",
          "autoscaling:DescribeLaunchConfigurations",
          "autoscaling:DescribeScalingActivities",
          "ec2:DescribeImages",
          "ec2:DescribeInstanceTypes",
          "ec2:DescribeLaunchTemplateVersions",
          "ec2:GetInstanceTypesFromInstanceRequirements",
          "eks:DescribeNodegroup",
        ]
        Resource = "*"
      },
      {
        Effect    = "Allow"
        Action    = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:ResourceTag/k8s.io/cluster-autoscaler/${var.name}" = "owned" } }
      },
    ]
  })
}
