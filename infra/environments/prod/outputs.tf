output "platform" {
  description = "All that deno task deploy and people need to know: the outputs of module platform."
  value       = module.platform
}
