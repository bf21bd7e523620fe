output "id" {
  description = "The instance."
  value       = aws_instance.this.id
}

output "network_interface_id" {
  description = "Its network interface, for routes; it outlives the instance."
  value       = aws_network_interface.this.id
}

output "user_data" {
  description = "What cloud-init does, for tests; it holds no secret."
  value       = local.user_data
}

output "disks" {
  description = "The instance's disks as they were asked for, for tests: size, kind, whether encrypted, zone, device."
  value = {
    root = one(aws_instance.this.root_block_device)
    data = one([for i, volume in aws_ebs_volume.data : {
      size      = volume.size
      type      = volume.type
      encrypted = volume.encrypted
      zone      = volume.availability_zone
      device    = aws_volume_attachment.data[i].device_name
    }])
  }
}

output "name" {
  description = "Its name, for tests."
  value       = aws_instance.this.tags.Name
}

output "instance_type" {
  description = "Its size, for tests."
  value       = aws_instance.this.instance_type
}

output "source_dest_check" {
  description = "Whether it takes only what is addressed to it, for tests."
  value       = aws_network_interface.this.source_dest_check
}
