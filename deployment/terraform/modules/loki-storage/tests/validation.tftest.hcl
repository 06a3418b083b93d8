# What the module refuses.

mock_provider "aws" {}

variables {
  environment       = "prod"
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE"
  namespace         = "loki"
  tenants           = {}
}

run "bucket_names_with_dots" {
  command = plan

  variables {
    chunks_bucket_name = "logs.example"
  }

  expect_failures = [var.chunks_bucket_name]
}

run "a_namespace_with_a_wildcard" {
  command = plan

  variables {
    namespace = "*"
  }

  expect_failures = [var.namespace]
}

run "a_role_arn_in_place_of_the_provider" {
  command = plan

  variables {
    oidc_provider_arn = "arn:aws:iam::123456789012:role/loki"
  }

  expect_failures = [var.oidc_provider_arn]
}

run "an_account_that_may_do_anything" {
  command = plan

  variables {
    service_accounts = { loki = { access = "admin" } }
  }

  expect_failures = [var.service_accounts]
}

run "standard_ia_before_s3_allows_it" {
  command = plan

  variables {
    tenants = { audit = { retention_days = 365, transitions = [{ days = 29, storage_class = "STANDARD_IA" }] } }
  }

  expect_failures = [var.tenants]
}

run "a_transition_on_the_day_of_deletion" {
  command = plan

  variables {
    tenants = { ops = { retention_days = 35, transitions = [{ days = 31, storage_class = "STANDARD_IA" }] } }
  }

  expect_failures = [var.tenants]
}

run "glacier_ir_for_less_than_it_bills" {
  command = plan

  variables {
    tenants = { compliance = { retention_days = 90, transitions = [{ days = 60, storage_class = "GLACIER_IR" }] } }
  }

  expect_failures = [var.tenants]
}

run "a_tenant_named_like_the_index" {
  command = plan

  variables {
    tenants = { index = { retention_days = 30 } }
  }

  expect_failures = [var.tenants]
}

run "an_expiration_that_races_the_compactor" {
  command = plan

  variables {
    orphan_days = 1
  }

  expect_failures = [var.orphan_days]
}

run "an_alias_in_place_of_the_key" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:alias/loki"
  }

  expect_failures = [var.kms_key_arn]
}

run "a_class_from_which_loki_cannot_read" {
  command = plan

  variables {
    tenants = { audit = { retention_days = 365, transitions = [{ days = 90, storage_class = "GLACIER" }] } }
  }

  expect_failures = [var.tenants]
}

run "transitions_out_of_order" {
  command = plan

  variables {
    tenants = { audit = { retention_days = 365, transitions = [{ days = 95, storage_class = "GLACIER_IR" }, { days = 35, storage_class = "STANDARD_IA" }] } }
  }

  expect_failures = [var.tenants]
}

run "one_bucket_for_both_purposes" {
  command = plan

  variables {
    chunks_bucket_name = "example-logs"
    ruler_bucket_name  = "example-logs"
  }

  expect_failures = [var.ruler_bucket_name]
}

run "a_locked_copy_without_versions" {
  command = plan

  variables {
    tenants        = { audit = { retention_days = 365 } }
    locked_tenants = ["audit"]
  }

  expect_failures = [var.locked_tenants]
}
