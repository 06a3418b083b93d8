# S3 storage of Grafana Loki: one bucket for chunks and index, one for the ruler's rules.
#
# Who deletes what: the compactor applies retention, because only it knows streams and classes. The lifecycle moves chunks of tenants
# that are kept long to cheaper classes that can still be read at once, and collects what was left behind. It never names GLACIER or
# DEEP_ARCHIVE: Loki cannot restore an object, so a query over such days would fail.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  # `name`, because `region` is new in provider 6; 6 warns, both work.
  region = data.aws_region.current.name

  buckets = {
    chunks = coalesce(var.chunks_bucket_name, "gl-loki-chunks-${var.environment}")
    ruler  = coalesce(var.ruler_bucket_name, "gl-loki-ruler-${var.environment}")
  }

  tags = merge(var.tags, {
    "app.kubernetes.io/name" = "loki"
    environment              = var.environment
    managed-by               = "terraform"
  })
}

resource "aws_s3_bucket" "loki" {
  for_each = local.buckets

  bucket        = each.value
  force_destroy = var.force_destroy
  tags          = merge(local.tags, { purpose = each.key })
}

resource "aws_s3_bucket_public_access_block" "loki" {
  for_each = aws_s3_bucket.loki

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "loki" {
  for_each = aws_s3_bucket.loki

  bucket = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "loki" {
  for_each = aws_s3_bucket.loki

  bucket = each.value.id

  rule {
    # One request to KMS per bucket and hour or so, instead of one per chunk.
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = local.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_versioning" "loki" {
  for_each = aws_s3_bucket.loki

  bucket = each.value.id

  versioning_configuration {
    status = var.versioning == "enabled" ? "Enabled" : "Disabled"
  }
}

resource "aws_s3_bucket_logging" "loki" {
  for_each = var.access_log_bucket == null ? {} : aws_s3_bucket.loki

  bucket        = each.value.id
  target_bucket = var.access_log_bucket
  target_prefix = "${each.value.id}/"
}

# ---- lifecycle --------------------------------------------------------------------------------------------------------------

resource "aws_s3_bucket_lifecycle_configuration" "chunks" {
  bucket = aws_s3_bucket.loki["chunks"].id

  # Smaller objects cost more in STANDARD_IA and GLACIER_IR (billed as 128 KiB) than where they are.
  transition_default_minimum_object_size = "all_storage_classes_128K"

  # The only rule for the whole bucket: it cannot touch a finished object.
  rule {
    id     = "abort-incomplete-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = var.abort_multipart_days
    }
  }

  dynamic "rule" {
    for_each = { for name, tenant in var.tenants : name => tenant if length(tenant.transitions) > 0 }

    content {
      id     = "tier-${rule.key}"
      status = "Enabled"

      filter {
        prefix = "${rule.key}/"
      }

      dynamic "transition" {
        for_each = rule.value.transitions

        content {
          days          = transition.value.days
          storage_class = transition.value.storage_class
        }
      }
    }
  }

  dynamic "rule" {
    for_each = var.orphan_days == 0 ? {} : var.tenants

    content {
      id     = "orphans-${rule.key}"
      status = "Enabled"

      filter {
        prefix = "${rule.key}/"
      }

      expiration {
        days = rule.value.retention_days + var.orphan_days
      }
    }
  }

  dynamic "rule" {
    for_each = var.versioning == "enabled" ? [var.noncurrent_days] : []

    content {
      id     = "noncurrent-versions"
      status = "Enabled"

      filter {}

      noncurrent_version_expiration {
        noncurrent_days = rule.value
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.loki]
}

resource "aws_s3_bucket_lifecycle_configuration" "ruler" {
  bucket = aws_s3_bucket.loki["ruler"].id

  rule {
    id     = "abort-incomplete-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = var.abort_multipart_days
    }
  }

  dynamic "rule" {
    for_each = var.versioning == "enabled" ? [var.noncurrent_days] : []

    content {
      id     = "noncurrent-versions"
      status = "Enabled"

      filter {}

      noncurrent_version_expiration {
        noncurrent_days = rule.value
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.loki]
}

# ---- who gets no answer -----------------------------------------------------------------------------------------------------

locals {
  bucket_arns = { for purpose, name in local.buckets : purpose => "arn:${local.partition}:s3:::${name}" }

  bucket_policies = {
    for purpose, arn in local.bucket_arns : purpose => {
      Version = "2012-10-17"
      Statement = concat(
        [
          {
            Sid       = "DenyPlainText"
            Effect    = "Deny"
            Principal = "*"
            Action    = "s3:*"
            Resource  = [arn, "${arn}/*"]
            Condition = { Bool = { "aws:SecureTransport" = ["false"] } }
          },
          {
            Sid       = "DenyOldTls"
            Effect    = "Deny"
            Principal = "*"
            Action    = "s3:*"
            Resource  = [arn, "${arn}/*"]
            Condition = { NumericLessThan = { "s3:TlsVersion" = ["1.2"] } }
          },
          {
            Sid       = "DenyOtherAccounts"
            Effect    = "Deny"
            Principal = "*"
            Action    = "s3:*"
            Resource  = [arn, "${arn}/*"]
            # AWS services that act for us (S3's own log delivery, inventory) have no account of their own.
            Condition = {
              StringNotEqualsIfExists = { "aws:PrincipalAccount" = [local.account_id] }
              BoolIfExists            = { "aws:PrincipalIsAWSService" = ["false"] }
            }
          },
          {
            Sid       = "DenyOtherKeys"
            Effect    = "Deny"
            Principal = "*"
            Action    = "s3:PutObject"
            Resource  = ["${arn}/*"]
            # Only where the header is there: a PUT that leaves encryption to the bucket sends none, and must pass. (IfExists would deny
            # it: it makes a missing key a match.)
            Condition = {
              Null            = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = ["false"] }
              StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = local.kms_key_names }
            }
          },
        ],
        var.force_destroy ? [] : [
          {
            Sid       = "DenyDeleteBucket"
            Effect    = "Deny"
            Principal = "*"
            Action    = "s3:DeleteBucket"
            Resource  = [arn]
          },
        ],
        length(var.source_vpc_endpoint_ids) == 0 ? [] : [
          {
            Sid       = "DenyOutsideVpcEndpoints"
            Effect    = "Deny"
            Principal = "*"
            # Objects only: with bucket settings denied too, nobody could mend this policy.
            Action    = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
            Resource  = ["${arn}/*"]
            Condition = { StringNotEquals = { "aws:SourceVpce" = var.source_vpc_endpoint_ids } }
          },
        ],
      )
    }
  }
}

resource "aws_s3_bucket_policy" "loki" {
  for_each = aws_s3_bucket.loki

  bucket = each.value.id
  policy = jsonencode(local.bucket_policies[each.key])

  # S3 refuses a policy while it still checks for a public one.
  depends_on = [aws_s3_bucket_public_access_block.loki]
}
