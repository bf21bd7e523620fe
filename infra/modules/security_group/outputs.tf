output "id" {
  description = "The group."
  value       = aws_security_group.this.id
}

output "ingress" {
  description = "The rules of what may come in, for tests: port, addresses, group."
  value = { for name, rule in aws_vpc_security_group_ingress_rule.this : name => {
    port     = rule.from_port
    cidr     = rule.cidr_ipv4
    group_id = rule.referenced_security_group_id
  } }
}
