output "bucket_names" {
  description = "Purpose (chunks, ruler) => bucket name: loki.storage.bucketNames of the Helm values."
  value       = local.buckets
}

output "bucket_arns" {
  description = "Purpose => bucket ARN."
  value       = { for purpose, bucket in aws_s3_bucket.loki : purpose => bucket.arn }
}

output "role_arns" {
  description = "Service account => role ARN: the annotation eks.amazonaws.com/role-arn."
  value       = { for account, role in aws_iam_role.loki : account => role.arn }
}

output "trust_subjects" {
  description = "Service account => subject that its role trusts."
  value       = { for account in keys(var.service_accounts) : account => "system:serviceaccount:${var.namespace}:${account}" }
}

output "kms_key_arn" {
  description = "Key that encrypts the objects: loki.storage.object_store.s3.sse of the Helm values."
  value       = local.kms_key_arn
}

output "region" {
  description = "Region of the buckets and the key."
  value       = local.region
}
