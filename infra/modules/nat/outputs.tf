output "instance_id" {
  description = "The instance."
  value       = module.instance.id
}

output "public_ip" {
  description = "The address that the outside sees."
  value       = aws_eip.this.public_ip
}

output "user_data" {
  description = "What cloud-init does, for tests."
  value       = module.instance.user_data
}
