# Where Terraform's state lives: a versioned, encrypted bucket. Locks are files in it (use_lockfile), no table is needed. AWS
# itself refuses to delete it while it holds a state: nothing here empties it.

module "bucket" {
  source             = "../bucket"
  bucket             = var.bucket
  keep_versions_days = var.keep_days
}
