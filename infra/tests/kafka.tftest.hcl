variables {
  vpc_id             = "vpc-1"
  subnet_ids         = ["subnet-1"]
  client_cidr_blocks = ["10.100.100.0/24"]
  instance_profile   = "kafka"
  kms_key_arn        = "arn:aws:kms:ap-northeast-2:123456789012:key/test"
  secret_arn         = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:stock/kafka"
}

run "three_nodes_in_kraft_mode" {
  module { source = "./modules/kafka" }
  assert {
    condition     = keys(module.node) == ["kafka-instance-1", "kafka-instance-2", "kafka-instance-3"] && alltrue([for node in module.node : node.instance_type == "t2.medium"])
    error_message = "kafka-instance-1 to -3, t2.medium"
  }
  assert {
    condition     = output.bootstrap == "10.100.100.11:9092,10.100.100.12:9092,10.100.100.13:9092"
    error_message = "clients get all three brokers"
  }
  assert {
    condition = alltrue([for name, text in output.user_data :
      strcontains(text, "controller.quorum.voters=1@10.100.100.11:9093,2@10.100.100.12:9093,3@10.100.100.13:9093") &&
      strcontains(text, "KAFKA_VERSION=4.3.1") && strcontains(text, "KAFKA_SHA512=c7d7b2318cb51aa0") &&
      strcontains(text, "default.replication.factor=3") && strcontains(text, "min.insync.replicas=2") && strcontains(text, "unclean.leader.election.enable=false")
    ])
    error_message = "every node knows the quorum, replication 3, min ISR 2, and its archive's checksum"
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
    condition     = alltrue([for node in module.node : node.disks.data.encrypted && node.disks.data.device == "/dev/sdb"]) && length(module.node) == 3
    error_message = "each node has its own encrypted data volume"
  }
  assert {
    condition     = [for r in module.security_group.ingress : "${r.port} ${r.cidr}" if r.cidr != null] == ["9092 10.100.100.0/24"]
    error_message = "9092 from the middleware subnet"
  }
  assert {
    condition     = [for r in module.security_group.ingress : r.port if r.group_id == module.security_group.id] == [9094, 9093] && length(module.security_group.ingress) == 3
    error_message = "9093 and 9094 among the nodes only"
  }
  assert {
    condition = alltrue([for text in values(output.user_data) :
      strcontains(text, "listener.security.protocol.map=CLIENTS:SASL_SSL,BROKERS:SSL,CONTROLLER:SSL") && !strcontains(text, "PLAINTEXT") &&
      strcontains(text, "sasl.enabled.mechanisms=SCRAM-SHA-512") && strcontains(text, "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer") &&
      strcontains(text, "super.users=User:kafka-instance-1;User:kafka-instance-2;User:kafka-instance-3;User:topics")
    ])
    error_message = "clients sign in over TLS, nodes know each other by certificate, and who is not allowed may nothing"
  }
  assert {
    condition     = alltrue([for text in values(output.user_data) : length(text) < 16000 && !strcontains(text, "PRIVATE KEY") && !strcontains(text, "password=\"")])
    error_message = "user data fits, and holds no secret"
  }
  assert {
    condition     = output.node_ips == { "kafka-instance-1" = "10.100.100.11", "kafka-instance-2" = "10.100.100.12", "kafka-instance-3" = "10.100.100.13" }
    error_message = "who makes certificates knows the addresses"
  }
}

run "an_installation_from_before_until_it_is_moved" {
  command = plan
  module { source = "./modules/kafka" }
  variables { tls = false }
  assert {
    condition = alltrue([for text in values(output.user_data) :
      strcontains(text, "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT") && !strcontains(text, "authorizer") && !strcontains(text, "kafka-users\",")
    ])
    error_message = "as it was"
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
    condition     = [for node in module.node : node.disks.data.zone] == ["ap-northeast-2a", "ap-northeast-2b", "ap-northeast-2a"]
    error_message = "nodes take the zones in turn"
  }
}

run "what_is_refused" {
  command = plan
  module { source = "./modules/kafka" }
  variables {
    # two nodes are refused
    broker_ips = ["10.100.100.11", "10.100.100.12"]
    # clients from everywhere are refused
    client_cidr_blocks = ["0.0.0.0/0"]
    # zookeeper times are over
    kafka_version = "3.7.0"
    # a cluster id that is none is refused
    cluster_id = "cluster"
  }
  expect_failures = [var.broker_ips, var.client_cidr_blocks, var.kafka_version, var.cluster_id]
}
