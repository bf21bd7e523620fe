variables {
  vpc_id             = "vpc-1"
  subnet_ids         = ["subnet-1"]
  client_cidr_blocks = ["10.100.100.0/24"]
  instance_profile   = "kafka"
  kms_key_arn        = "arn:aws:kms:ap-northeast-2:123456789012:key/test"
}

run "three_nodes_in_kraft_mode" {
  module { source = "./modules/kafka" }
  assert {
    condition     = keys(aws_instance.this) == ["kafka-instance-1", "kafka-instance-2", "kafka-instance-3"] && alltrue([for i in aws_instance.this : i.instance_type == "t2.medium"])
    error_message = "kafka-instance-1 to -3, t2.medium"
  }
  assert {
    condition     = output.bootstrap == "10.100.100.11:9092,10.100.100.12:9092,10.100.100.13:9092"
    error_message = "clients get all three brokers"
  }
  assert {
    condition = alltrue([for name, text in output.user_data :
      strcontains(text, "controller.quorum.voters=1@10.100.100.11:9093,2@10.100.100.12:9093,3@10.100.100.13:9093") &&
      strcontains(text, "default.replication.factor=3") && strcontains(text, "min.insync.replicas=2") && strcontains(text, "unclean.leader.election.enable=false")
    ])
    error_message = "every node knows the quorum, replication 3, min ISR 2"
  }
  assert {
    condition     = [for text in values(output.user_data) : regex("node\\.id=([0-9])", text)[0]] == ["1", "2", "3"]
    error_message = "each node has its own id"
  }
  assert {
    condition     = can(regex("^T[A-Za-z0-9_-]{20}g$", output.cluster_id))
    error_message = "the cluster's id is a UUID in base64url"
  }
  assert {
    condition     = alltrue([for v in aws_ebs_volume.data : v.encrypted]) && length(aws_volume_attachment.data) == 3
    error_message = "each node has its own encrypted data volume"
  }
  assert {
    condition     = alltrue([for r in aws_vpc_security_group_ingress_rule.clients : r.from_port == 9092 && r.cidr_ipv4 == "10.100.100.0/24"])
    error_message = "9092 from the middleware subnet"
  }
  assert {
    condition     = alltrue([for r in aws_vpc_security_group_ingress_rule.nodes : r.referenced_security_group_id == aws_security_group.this.id])
    error_message = "9093 among the nodes only"
  }
}

run "spread_over_two_zones" {
  command = plan
  module { source = "./modules/kafka" }
  variables {
    subnet_ids = ["subnet-1", "subnet-2"]
    zones      = ["ap-northeast-2a", "ap-northeast-2b"]
    broker_ips = ["10.100.100.11", "10.100.110.12", "10.100.100.13"]
  }
  assert {
    condition     = [for v in aws_ebs_volume.data : v.availability_zone] == ["ap-northeast-2a", "ap-northeast-2b", "ap-northeast-2a"]
    error_message = "nodes take the zones in turn"
  }
}

run "two_nodes_are_refused" {
  command = plan
  module { source = "./modules/kafka" }
  variables { broker_ips = ["10.100.100.11", "10.100.100.12"] }
  expect_failures = [var.broker_ips]
}

run "clients_from_everywhere_are_refused" {
  command = plan
  module { source = "./modules/kafka" }
  variables { client_cidr_blocks = ["0.0.0.0/0"] }
  expect_failures = [var.client_cidr_blocks]
}

run "zookeeper_times_are_over" {
  command = plan
  module { source = "./modules/kafka" }
  variables { kafka_version = "3.7.0" }
  expect_failures = [var.kafka_version]
}

run "a_cluster_id_that_is_none_is_refused" {
  command = plan
  module { source = "./modules/kafka" }
  variables { cluster_id = "cluster" }
  expect_failures = [var.cluster_id]
}
