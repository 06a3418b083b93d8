# Loki's storage in staging: buckets, key and role for the service account loki/loki.
# Rendered by `cordwood render`; change the definition, not this file.
#
#   terraform init -backend-config=backend.hcl   (bucket, key, region and lock of your state)
#   terraform plan

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.74, < 7.0"
    }
  }

  backend "s3" {}
}

provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111122220002"]
}

module "loki_storage" {
  source = "../../modules/loki-storage"

  environment        = "staging"
  chunks_bucket_name = "gl-loki-chunks-staging"
  ruler_bucket_name  = "gl-loki-ruler-staging"
  kms_alias          = "alias/gl-loki-staging"
  force_destroy      = false
  oidc_provider_arn  = "arn:aws:iam::111122220002:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCD02"
  namespace          = "loki"
  service_accounts = {
    loki = { access = "all", role_name = "gl-loki-staging" }
  }
  orphan_days          = 30
  abort_multipart_days = 3
  versioning           = "disabled"
  tenants = {
    greenlang-prod = {
      retention_days = 90
      transitions    = [{ days = 35, storage_class = "STANDARD_IA" }]
    }
    greenlang-staging = { retention_days = 7 }
    greenlang-dev     = { retention_days = 3 }
    compliance-audit = {
      retention_days = 365
      transitions    = [{ days = 30, storage_class = "STANDARD_IA" }, { days = 90, storage_class = "GLACIER_IR" }]
    }
    platform        = { retention_days = 14 }
    self-monitoring = { retention_days = 1 }
  }
  tags = { platform = "greenlang" }
}

# What the Helm values of staging already say. A plan that would change one of these breaks Loki.
output "helm_values" {
  description = "Compare with helm/loki/values-staging.yaml."
  value = {
    bucket_names = module.loki_storage.bucket_names
    kms_key_arn  = module.loki_storage.kms_key_arn
    region       = module.loki_storage.region
    role_arns    = module.loki_storage.role_arns
  }
}
