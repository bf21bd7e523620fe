output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "vpc_cidr_block" {
  description = "Addresses of the whole VPC."
  value       = aws_vpc.this.cidr_block
}

output "public_subnet_ids" {
  description = "Ids of the public subnets, in order."
  value       = aws_subnet.public[*].id
}

output "middleware_subnet_ids" {
  description = "Ids of middleware-subnet-1 and -2."
  value       = slice(aws_subnet.private[*].id, 0, 2)
}

output "middleware_cidr_blocks" {
  description = "Addresses of middleware-subnet-1 and -2."
  value       = slice(aws_subnet.private[*].cidr_block, 0, 2)
}

output "database_subnet_ids" {
  description = "Ids of database-subnet-1 and -2."
  value       = slice(aws_subnet.private[*].id, 2, 4)
}

output "private_cidr_blocks" {
  description = "Addresses of the four private subnets."
  value       = aws_subnet.private[*].cidr_block
}

output "private_route_table_ids" {
  description = "Route tables of the private subnets: 0 and 1 middleware, 2 and 3 database."
  value       = aws_route_table.private[*].id
}

output "subnet_names" {
  description = "Every subnet's name with its addresses."
  value       = { for name, s in local.subnets : name => s.cidr_block }
}
