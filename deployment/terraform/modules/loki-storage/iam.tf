# IRSA: each service account assumes one role, and only from Loki's namespace. No wildcard in the subject: "system:serviceaccount:*"
# would let every pod of the cluster read every tenant's logs.

locals {
  oidc_issuer = regex("oidc-provider/(.+)$", var.oidc_provider_arn)[0]

  trust_policies = {
    for account in keys(var.service_accounts) : account => {
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "ServiceAccount"
          Effect    = "Allow"
          Principal = { Federated = var.oidc_provider_arn }
          Action    = "sts:AssumeRoleWithWebIdentity"
          Condition = {
            StringEquals = {
              "${local.oidc_issuer}:sub" = "system:serviceaccount:${var.namespace}:${account}"
              "${local.oidc_issuer}:aud" = "sts.amazonaws.com"
            }
          }
        },
      ]
    }
  }

  # What the component does with objects: the distributor and ingester write and read back their index; the querier reads; the compactor
  # also deletes. Multipart actions belong to uploads above 5 MiB (index files, the thanos client).
  object_actions = {
    read    = ["s3:GetObject"]
    write   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    backend = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    all     = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
  }

  # Rules are read and written by the ruler alone.
  buckets_of = {
    read    = ["chunks"]
    write   = ["chunks"]
    backend = ["chunks", "ruler"]
    all     = ["chunks", "ruler"]
  }

  permission_policies = {
    for account, settings in var.service_accounts : account => {
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "ListBuckets"
          Effect   = "Allow"
          Action   = ["s3:ListBucket"]
          Resource = [for purpose in local.buckets_of[settings.access] : local.bucket_arns[purpose]]
        },
        {
          Sid      = "Objects"
          Effect   = "Allow"
          Action   = local.object_actions[settings.access]
          Resource = [for purpose in local.buckets_of[settings.access] : "${local.bucket_arns[purpose]}/*"]
        },
        {
          Sid      = "KeyThroughS3"
          Effect   = "Allow"
          Action   = settings.access == "read" ? ["kms:Decrypt"] : ["kms:Decrypt", "kms:GenerateDataKey"]
          Resource = [local.kms_key_arn]
          Condition = {
            StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" }
          }
        },
      ]
    }
  }
}

resource "aws_iam_role" "loki" {
  for_each = var.service_accounts

  name                 = coalesce(each.value.role_name, "gl-loki-${var.environment}-${each.key}")
  description          = "Loki's service account ${var.namespace}/${each.key} (${each.value.access})"
  assume_role_policy   = jsonencode(local.trust_policies[each.key])
  permissions_boundary = var.permissions_boundary
  tags                 = local.tags
}

resource "aws_iam_role_policy" "loki" {
  for_each = var.service_accounts

  name   = "storage"
  role   = aws_iam_role.loki[each.key].id
  policy = jsonencode(local.permission_policies[each.key])
}
