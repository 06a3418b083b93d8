# Evidence that survives mistakes: chunks of the locked tenants are replicated to a bucket with Object Lock. Loki never reads there; it is
# for the day on which a wrong retention or a stolen key has emptied the other one. Deletions are not replicated.

locals {
  locked = length(var.locked_tenants) > 0 ? 1 : 0

  locked_bucket     = "${local.buckets.chunks}-locked"
  locked_bucket_arn = "arn:${local.partition}:s3:::${local.locked_bucket}"
  locked_days       = coalesce(var.locked_days, max(1, [for name in var.locked_tenants : var.tenants[name].retention_days]...))
}

resource "aws_s3_bucket" "locked" {
  count = local.locked

  bucket              = local.locked_bucket
  object_lock_enabled = true
  force_destroy       = false
  tags                = merge(local.tags, { purpose = "locked-copy" })
}

resource "aws_s3_bucket_versioning" "locked" {
  count = local.locked

  bucket = aws_s3_bucket.locked[0].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "locked" {
  count = local.locked

  bucket = aws_s3_bucket.locked[0].id

  rule {
    default_retention {
      mode = var.locked_mode
      days = local.locked_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.locked]
}

resource "aws_s3_bucket_public_access_block" "locked" {
  count = local.locked

  bucket                  = aws_s3_bucket.locked[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "locked" {
  count = local.locked

  bucket = aws_s3_bucket.locked[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "locked" {
  count = local.locked

  bucket = aws_s3_bucket.locked[0].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = local.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_policy" "locked" {
  count = local.locked

  bucket = aws_s3_bucket.locked[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenyPlainText"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.locked_bucket_arn, "${local.locked_bucket_arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = ["false"] } }
      },
      {
        Sid       = "DenyDeleteBucket"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:DeleteBucket"
        Resource  = [local.locked_bucket_arn]
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.locked]
}

resource "aws_s3_bucket_lifecycle_configuration" "locked" {
  count = local.locked

  bucket = aws_s3_bucket.locked[0].id

  # After the lock has ended; before, S3 refuses. A copy becomes noncurrent first, then goes.
  rule {
    id     = "after-the-lock"
    status = "Enabled"

    filter {}

    expiration {
      days = local.locked_days + 1
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.locked]
}

resource "aws_iam_role" "replication" {
  count = local.locked

  name                 = "gl-loki-${var.environment}-replication"
  description          = "S3 copies chunks of ${join(", ", var.locked_tenants)} to ${local.locked_bucket}"
  permissions_boundary = var.permissions_boundary
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = "sts:AssumeRole"
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      },
    ]
  })
}

resource "aws_iam_role_policy" "replication" {
  count = local.locked

  name = "replication"
  role = aws_iam_role.replication[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
        Resource = [local.bucket_arns.chunks]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
        Resource = [for name in var.locked_tenants : "${local.bucket_arns.chunks}/${name}/*"]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:ReplicateObject", "s3:ReplicateTags"]
        Resource = ["${local.locked_bucket_arn}/*"]
      },
      {
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = [local.kms_key_arn]
        Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
      },
    ]
  })
}

resource "aws_s3_bucket_replication_configuration" "locked" {
  count = local.locked

  bucket = aws_s3_bucket.loki["chunks"].id
  role   = aws_iam_role.replication[0].arn

  dynamic "rule" {
    for_each = var.locked_tenants

    content {
      id       = "locked-copy-${rule.value}"
      priority = rule.key + 1
      status   = "Enabled"

      filter {
        prefix = "${rule.value}/"
      }

      # The point of the copy is that a deletion does not reach it.
      delete_marker_replication {
        status = "Disabled"
      }

      source_selection_criteria {
        sse_kms_encrypted_objects {
          status = "Enabled"
        }
      }

      destination {
        bucket        = local.locked_bucket_arn
        storage_class = "GLACIER_IR"

        encryption_configuration {
          replica_kms_key_id = local.kms_key_arn
        }
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.loki, aws_s3_bucket_versioning.locked]
}
