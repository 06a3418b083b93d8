locals {
  kms_key_arn = var.kms_key_arn == null ? aws_kms_key.loki[0].arn : var.kms_key_arn
  kms_alias   = coalesce(var.kms_alias, "alias/gl-loki-${var.environment}")

  # How a client may name the key in the header of a PUT.
  kms_key_names = var.kms_key_arn != null ? [var.kms_key_arn] : [
    local.kms_key_arn,
    aws_kms_key.loki[0].key_id,
    local.kms_alias,
    "arn:${local.partition}:kms:${local.region}:${local.account_id}:${local.kms_alias}",
  ]

  key_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        # Administration stays with the account's IAM; without this statement a key can become unmanageable.
        Sid       = "AccountAdministers"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "LokiThroughS3"
        Effect    = "Allow"
        Principal = { AWS = concat([for role in aws_iam_role.loki : role.arn], [for role in aws_iam_role.replication : role.arn]) }
        Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
        Resource  = "*"
        # No condition on the encryption context: it is the bucket's ARN with bucket keys, the object's ARN without.
        Condition = {
          StringEquals = {
            "kms:CallerAccount" = local.account_id
            "kms:ViaService"    = "s3.${local.region}.amazonaws.com"
          }
        }
      },
    ]
  }
}

resource "aws_kms_key" "loki" {
  count = var.kms_key_arn == null ? 1 : 0

  description             = "Logs of ${var.environment} at rest (${local.buckets.chunks}, ${local.buckets.ruler})"
  enable_key_rotation     = true
  rotation_period_in_days = 365
  deletion_window_in_days = var.kms_deletion_window_days
  policy                  = jsonencode(local.key_policy)
  tags                    = local.tags
}

resource "aws_kms_alias" "loki" {
  count = var.kms_key_arn == null ? 1 : 0

  name          = local.kms_alias
  target_key_id = aws_kms_key.loki[0].key_id
}
