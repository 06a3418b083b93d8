# `terraform init && terraform test`: no AWS account needed, the provider is mocked.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = {
      account_id = "123456789012"
    }
  }

  mock_data "aws_partition" {
    defaults = {
      partition = "aws"
    }
  }

  mock_data "aws_region" {
    defaults = {
      name = "eu-central-1"
    }
  }

  mock_resource "aws_kms_key" {
    defaults = {
      arn    = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      key_id = "11111111-2222-3333-4444-555555555555"
    }
  }

  mock_resource "aws_iam_role" {
    defaults = {
      arn = "arn:aws:iam::123456789012:role/mocked"
    }
  }
}

variables {
  environment       = "prod"
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE"
  namespace         = "loki"
  tenants = {
    greenlang-prod = { retention_days = 90, transitions = [{ days = 35, storage_class = "STANDARD_IA" }] }
    compliance-audit = {
      retention_days = 365
      transitions    = [{ days = 35, storage_class = "STANDARD_IA" }, { days = 95, storage_class = "GLACIER_IR" }]
    }
    greenlang-dev = { retention_days = 3 }
  }
}

run "names_are_those_of_the_requirement" {
  assert {
    condition     = output.bucket_names == { chunks = "gl-loki-chunks-prod", ruler = "gl-loki-ruler-prod" }
    error_message = "buckets are not gl-loki-chunks-prod and gl-loki-ruler-prod"
  }
}

run "nothing_is_public_and_everything_encrypted" {
  assert {
    condition = alltrue([for block in values(aws_s3_bucket_public_access_block.loki) :
      block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
    ])
    error_message = "a bucket does not block public access"
  }

  assert {
    condition = alltrue([for encryption in values(aws_s3_bucket_server_side_encryption_configuration.loki) :
      one(encryption.rule).bucket_key_enabled && one(one(encryption.rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms"
    ])
    error_message = "a bucket is not encrypted with KMS and a bucket key"
  }

  assert {
    condition = alltrue([for policy in values(aws_s3_bucket_policy.loki) : length(setsubtract(
      ["DenyPlainText", "DenyOldTls", "DenyOtherAccounts", "DenyOtherKeys", "DenyDeleteBucket"],
      [for statement in jsondecode(policy.policy).Statement : statement.Sid if statement.Effect == "Deny"],
    )) == 0])
    error_message = "a bucket policy lacks a denial"
  }

  assert {
    condition     = alltrue([for bucket in values(aws_s3_bucket.loki) : !bucket.force_destroy])
    error_message = "a bucket with logs could be destroyed"
  }

  assert {
    condition     = alltrue([for versioning in values(aws_s3_bucket_versioning.loki) : one(versioning.versioning_configuration).status == "Disabled"])
    error_message = "versioning is not disabled"
  }
}

run "a_put_without_a_key_passes" {
  assert {
    # A condition with IfExists, or without Null, would deny every flush: Loki leaves encryption to the bucket.
    condition = alltrue([for policy in values(aws_s3_bucket_policy.loki) : alltrue([for statement in jsondecode(policy.policy).Statement :
      keys(statement.Condition) == ["Null", "StringNotEquals"] if statement.Sid == "DenyOtherKeys"
    ])])
    error_message = "objects without an encryption header would be refused"
  }
}

run "audit_logs_stay_readable_for_a_year" {
  assert {
    condition = alltrue(flatten([for rule in aws_s3_bucket_lifecycle_configuration.chunks.rule :
      [for transition in rule.transition : contains(["STANDARD_IA", "GLACIER_IR"], transition.storage_class)]
    ]))
    error_message = "a transition leads to a class from which Loki cannot read"
  }

  assert {
    condition = alltrue(flatten([for rule in aws_s3_bucket_lifecycle_configuration.chunks.rule :
      [for expiration in rule.expiration : expiration.days >= 395] if rule.id == "orphans-compliance-audit"
    ]))
    error_message = "audit logs would expire before their retention ends"
  }

  assert {
    # Retention is the compactor's: each tenant's rule must come after it.
    condition = alltrue(flatten([for rule in aws_s3_bucket_lifecycle_configuration.chunks.rule :
      [for expiration in rule.expiration : expiration.days >= var.tenants[trimprefix(rule.id, "orphans-")].retention_days + 14] if startswith(rule.id, "orphans-")
    ]))
    error_message = "an expiration races the compactor"
  }
}

run "the_index_is_never_moved_or_expired" {
  assert {
    condition = alltrue([for rule in aws_s3_bucket_lifecycle_configuration.chunks.rule :
      length(rule.transition) + length(rule.expiration) == 0 || (one(rule.filter).prefix != "" && !startswith(one(rule.filter).prefix, "index"))
    ])
    error_message = "a rule other than abort-incomplete-uploads covers the index"
  }

  assert {
    condition     = length([for rule in aws_s3_bucket_lifecycle_configuration.ruler.rule : rule if length(rule.transition) + length(rule.expiration) > 0]) == 0
    error_message = "rules of the ruler would be moved or expire"
  }
}

run "tenants_with_short_retention_are_not_moved" {
  assert {
    condition     = !contains([for rule in aws_s3_bucket_lifecycle_configuration.chunks.rule : rule.id], "tier-greenlang-dev")
    error_message = "three days of logs would be moved to another class"
  }
}

run "the_role_trusts_one_service_account" {
  assert {
    condition = jsondecode(aws_iam_role.loki["loki"].assume_role_policy).Statement[0].Condition.StringEquals == {
      "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE:sub" = "system:serviceaccount:loki:loki"
      "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE:aud" = "sts.amazonaws.com"
    }
    error_message = "the trust policy is not bound to loki/loki"
  }

  assert {
    condition = alltrue([for statement in jsondecode(aws_iam_role_policy.loki["loki"].policy).Statement :
      !contains(flatten([statement.Resource]), "*") && !anytrue([for action in statement.Action : endswith(action, "*")])
    ])
    error_message = "a permission has a wildcard"
  }
}

run "components_with_accounts_of_their_own_share_no_rights" {
  variables {
    service_accounts = { loki-write = { access = "write" }, loki-read = { access = "read" }, loki-backend = { access = "backend" } }
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.loki["loki-read"].policy, "s3:PutObject") && !strcontains(aws_iam_role_policy.loki["loki-read"].policy, "s3:DeleteObject")
    error_message = "the read path could write or delete"
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.loki["loki-write"].policy, "s3:DeleteObject") && !strcontains(aws_iam_role_policy.loki["loki-write"].policy, "gl-loki-ruler")
    error_message = "the write path could delete, or touch rules"
  }

  assert {
    condition     = strcontains(aws_iam_role_policy.loki["loki-backend"].policy, "s3:DeleteObject")
    error_message = "the compactor could not delete"
  }
}

run "a_key_of_yours_is_used" {
  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/of-yours"
  }

  assert {
    condition     = length(aws_kms_key.loki) == 0 && output.kms_key_arn == "arn:aws:kms:eu-central-1:123456789012:key/of-yours"
    error_message = "a second key was created"
  }
}

run "versioning_ends_old_versions" {
  variables {
    versioning = "enabled"
  }

  assert {
    condition     = contains([for rule in aws_s3_bucket_lifecycle_configuration.chunks.rule : rule.id], "noncurrent-versions")
    error_message = "old versions would stay for ever"
  }
}

run "vpc_endpoints_only" {
  variables {
    source_vpc_endpoint_ids = ["vpce-0a1b2c3d"]
  }

  assert {
    condition     = alltrue([for policy in values(aws_s3_bucket_policy.loki) : strcontains(policy.policy, "DenyOutsideVpcEndpoints")])
    error_message = "objects can be read from outside the VPC endpoints"
  }
}

run "no_copy_unless_asked_for" {
  assert {
    condition     = length(aws_s3_bucket.locked) == 0 && length(aws_s3_bucket_replication_configuration.locked) == 0
    error_message = "a locked bucket was made that nobody asked for"
  }
}

run "evidence_is_copied_and_locked" {
  variables {
    versioning     = "enabled"
    locked_tenants = ["compliance-audit"]
  }

  assert {
    condition     = aws_s3_bucket.locked[0].object_lock_enabled && one(one(aws_s3_bucket_object_lock_configuration.locked[0].rule).default_retention).days == 365
    error_message = "copies are not locked for the retention of the audit tenant"
  }

  assert {
    condition = [for rule in aws_s3_bucket_replication_configuration.locked[0].rule :
      one(rule.filter).prefix if one(rule.delete_marker_replication).status == "Disabled"
    ] == ["compliance-audit/"]
    error_message = "other than the audit tenant's chunks are copied, or deletions too"
  }
}
