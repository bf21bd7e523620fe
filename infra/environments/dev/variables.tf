variable "settings" {
  description = "What only you know, in terraform.tfvars: see module platform."
  type = object({
    account_id        = string
    mail_identity     = string
    mail_from         = string
    mail_feedback_url = optional(string)
    console_url       = optional(string)
    admin_cidr_blocks = list(string)
    admin_role_arns   = optional(list(string), [])
    kafka_sha512      = optional(string)
    lambda_bundle     = optional(string, "")
    # For one deployment: records without a seal are believed too, until tickbell topics seal has adopted them.
    accept_unsealed = optional(bool, false)
    # Brokers speak TLS and want to know who asks. Off for an installation from before 0.2.0 until it is moved: upgrade.md, Brokers.
    kafka_tls = optional(bool, true)
    # Accounts that pull the images that are here; the account whose images Jenkins deploys (for deno task deploy only).
    image_pull_accounts = optional(list(string), [])
    registry_account    = optional(string)
    # Who is called when brokers, disks, InfluxDB or NAT are in trouble: mail or https addresses.
    pages = optional(list(string), [])
    # Is called every minute while Prometheus and Alertmanager work (for deno task deploy only).
    heartbeat = optional(string)
    # Where the market comes from: kis or simulator (for deno task deploy only).
    feed = optional(string)
  })
}
