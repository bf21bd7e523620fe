# The cluster and its node group. People and pods get their rights by access entries and Pod Identity, not by node roles.

resource "aws_cloudwatch_log_group" "control_plane" {
  name              = "/aws/eks/${var.name}/cluster"
  retention_in_days = var.log_days
  kms_key_id        = var.kms_key_arn
}

module "cluster_role" {
  source           = "../role"
  name             = "${var.name}-eks-cluster"
  service          = "eks.amazonaws.com"
  tag_session      = true
  managed_policies = ["AmazonEKSClusterPolicy"]
}

resource "aws_eks_cluster" "this" {
  name                      = var.name
  version                   = var.kubernetes_version
  role_arn                  = module.cluster_role.arn
  enabled_cluster_log_types = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  vpc_config {
    subnet_ids              = var.subnet_ids
    endpoint_private_access = true
    endpoint_public_access  = length(var.public_access_cidr_blocks) > 0
    public_access_cidrs     = length(var.public_access_cidr_blocks) > 0 ? var.public_access_cidr_blocks : null
  }
  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = true
  }
  encryption_config {
    resources = ["secrets"]
    provider {
      key_arn = var.kms_key_arn
    }
  }
  depends_on = [aws_cloudwatch_log_group.control_plane]
}

resource "aws_eks_access_entry" "admin" {
  for_each      = toset(var.admin_role_arns)
  cluster_name  = aws_eks_cluster.this.name
  principal_arn = each.value
}

resource "aws_eks_access_policy_association" "admin" {
  for_each      = toset(var.admin_role_arns)
  cluster_name  = aws_eks_cluster.this.name
  principal_arn = each.value
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
  access_scope {
    type = "cluster"
  }
  depends_on = [aws_eks_access_entry.admin]
}

module "node_role" {
  source  = "../role"
  name    = "${var.name}-eks-node"
  service = "ec2.amazonaws.com"
  managed_policies = [
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonSSMManagedInstanceCore",
  ]
  policies = { session-log = var.session_log_policy }
}

resource "aws_launch_template" "node" {
  name = "${var.name}-eks-node"
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
    # One hop: a pod cannot take the node's role.
    http_put_response_hop_limit = 1
  }
  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_type           = "gp3"
      volume_size           = var.node_disk_gb
      encrypted             = true
      kms_key_id            = var.kms_key_arn
      delete_on_termination = true
    }
  }
  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "${var.name}-node", Project = var.project_tag }
  }
}

resource "aws_eks_node_group" "this" {
  cluster_name    = aws_eks_cluster.this.name
  node_group_name = "${var.name}-nodes"
  node_role_arn   = module.node_role.arn
  subnet_ids      = var.node_subnet_ids
  ami_type        = "AL2023_x86_64_STANDARD"
  instance_types  = var.node_instance_types
  capacity_type   = var.node_capacity_type
  scaling_config {
    min_size     = var.node_count.min
    desired_size = var.node_count.desired
    max_size     = var.node_count.max
  }
  update_config {
    max_unavailable = 1
  }
  launch_template {
    id      = aws_launch_template.node.id
    version = aws_launch_template.node.latest_version
  }
  lifecycle {
    # The cluster's autoscaler moves it.
    ignore_changes = [scaling_config[0].desired_size]
  }
}

resource "aws_eks_addon" "this" {
  for_each = {
    "vpc-cni"                = jsonencode({ enableNetworkPolicy = "true" })
    "kube-proxy"             = null
    "coredns"                = null
    "eks-pod-identity-agent" = null
    "aws-ebs-csi-driver"     = null
    "metrics-server"         = null
  }
  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  configuration_values        = each.value
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "PRESERVE"
  # A pod is given its rights when it is made: those of the disks' controller must be there before it.
  depends_on = [aws_eks_node_group.this, aws_eks_pod_identity_association.pod]
}

# What a pod may do in AWS, by the service account it runs under.
module "pod_role" {
  source           = "../role"
  for_each         = var.pod_roles
  name             = "${var.name}-pod-${each.key}"
  service          = "pods.eks.amazonaws.com"
  tag_session      = true
  policies         = each.value.policy == null ? {} : { (each.key) = each.value.policy }
  managed_policies = each.value.managed_policy == null ? [] : [each.value.managed_policy]
}

resource "aws_eks_pod_identity_association" "pod" {
  for_each        = var.pod_roles
  cluster_name    = aws_eks_cluster.this.name
  namespace       = each.value.namespace
  service_account = each.value.service_account
  role_arn        = module.pod_role[each.key].arn
}
