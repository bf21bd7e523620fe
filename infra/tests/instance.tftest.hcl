variables {
  name              = "trial"
  instance_type     = "t2.medium"
  subnet_id         = "subnet-1"
  zone              = "ap-northeast-2a"
  security_group_id = "sg-1"
  instance_profile  = "trial"
  data_gb           = 20
  files             = { "/usr/local/sbin/trial-setup" = { content = "#!/bin/bash\n" }, "/etc/trial.conf" = { content = "a = 1\n" } }
  run               = "/usr/local/sbin/trial-setup"
  kms_key_arn       = "arn:aws:kms:ap-northeast-2:123456789012:key/test"
}

run "encrypted_and_without_a_key" {
  command = plan
  module { source = "./modules/instance" }
  assert {
    condition     = aws_instance.this.metadata_options[0].http_tokens == "required" && aws_instance.this.key_name == null
    error_message = "IMDSv2, and no SSH key"
  }
  assert {
    condition     = aws_instance.this.root_block_device[0].encrypted && aws_ebs_volume.data[0].encrypted && aws_ebs_volume.data[0].tags.Backup == "daily"
    error_message = "both disks are encrypted, the data's is backed up"
  }
  assert {
    condition     = aws_volume_attachment.data[0].device_name == "/dev/sdb"
    error_message = "the data volume is where the set-up scripts look"
  }
  assert {
    condition     = aws_volume_attachment.data[0].stop_instance_before_detaching
    error_message = "a mounted volume is never detached from a running instance: that hangs"
  }
}

run "its_address_outlives_it" {
  command = plan
  module { source = "./modules/instance" }
  variables { private_ip = "10.100.100.11" }
  assert {
    condition     = aws_network_interface.this.private_ips == toset(["10.100.100.11"]) && length(aws_instance.this.primary_network_interface) == 1
    error_message = "the interface with its address is a resource of its own: a replaced instance takes it up, nobody else may"
  }
  assert {
    condition     = aws_ebs_volume.data[0].final_snapshot
    error_message = "a data volume leaves a snapshot"
  }
}

run "cloud_init_reads_its_user_data" {
  command = plan
  module { source = "./modules/instance" }
  assert {
    condition     = startswith(output.user_data, "#cloud-config\n")
    error_message = "cloud-init knows it by its first line"
  }
  assert {
    condition = { for f in jsondecode(trimprefix(output.user_data, "#cloud-config\n")).write_files : f.path => f.permissions } == {
      "/etc/trial.conf"                             = "0644", "/usr/local/lib/tickbell/setup.sh" = "0644", "/usr/local/sbin/trial-setup" = "0755",
      "/etc/systemd/system/instance-report.service" = "0644", "/etc/systemd/system/instance-report.timer" = "0644", "/usr/local/sbin/instance-report" = "0755"
    }
    error_message = "programs may be run, nothing else"
  }
}

run "no_data_no_volume" {
  command = plan
  module { source = "./modules/instance" }
  variables {
    data_gb = 0
    zone    = null
  }
  assert {
    condition     = length(aws_ebs_volume.data) == 0 && length(aws_volume_attachment.data) == 0 && output.disks.data == null
    error_message = "no volume unless asked for"
  }
}

run "data_without_a_zone_is_refused" {
  command = plan
  module { source = "./modules/instance" }
  variables { zone = null }
  expect_failures = [aws_ebs_volume.data]
}

run "what_is_refused" {
  command = plan
  module { source = "./modules/instance" }
  variables {
    # a program that is not written is refused
    run = "/usr/local/sbin/other"
    # a size that is none is refused
    instance_type = "medium"
    # a tiny volume is refused
    data_gb = 1
  }
  expect_failures = [var.run, var.instance_type, var.data_gb]
}
