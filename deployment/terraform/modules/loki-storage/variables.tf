# ---- names ------------------------------------------------------------------------------------------------------------------

variable "environment" {
  description = "Name of the environment; last part of the bucket names (gl-loki-chunks-prod)."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,15}$", var.environment))
    error_message = "environment must be 1 to 16 lower case letters, digits and hyphens, and begin with a letter."
  }
}

variable "chunks_bucket_name" {
  description = "Bucket of chunks and index. Default gl-loki-chunks-<environment>. Bucket names are global: whoever guesses yours first has it."
  type        = string
  default     = null

  validation {
    # No dots: they break the TLS wildcard certificate of virtual-hosted buckets.
    condition     = var.chunks_bucket_name == null || can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.chunks_bucket_name))
    error_message = "chunks_bucket_name must be 3 to 63 lower case letters, digits and hyphens, without dots."
  }
}

variable "ruler_bucket_name" {
  description = "Bucket of the ruler's rules. Default gl-loki-ruler-<environment>."
  type        = string
  default     = null

  validation {
    condition     = var.ruler_bucket_name == null || can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.ruler_bucket_name))
    error_message = "ruler_bucket_name must be 3 to 63 lower case letters, digits and hyphens, without dots."
  }

  validation {
    condition     = var.ruler_bucket_name == null || var.ruler_bucket_name != var.chunks_bucket_name
    error_message = "ruler_bucket_name must differ from chunks_bucket_name: rules may not share chunks' permissions."
  }
}

variable "kms_alias" {
  description = "Alias of the created key. Default alias/gl-loki-<environment>."
  type        = string
  default     = null

  validation {
    condition     = var.kms_alias == null || (can(regex("^alias/[A-Za-z0-9/_-]{1,250}$", var.kms_alias)) && !startswith(coalesce(var.kms_alias, "-"), "alias/aws"))
    error_message = "kms_alias must begin with alias/, and not with alias/aws (reserved by AWS)."
  }
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  default     = {}
}

# ---- who may use the buckets ------------------------------------------------------------------------------------------------

variable "oidc_provider_arn" {
  description = "ARN of the IAM OIDC provider of the EKS cluster."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/.+$", var.oidc_provider_arn))
    error_message = "oidc_provider_arn must look like arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABC."
  }
}

variable "namespace" {
  description = "Kubernetes namespace of Loki. Part of the trust: a service account of this name elsewhere gets nothing."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.namespace))
    error_message = "namespace must be a Kubernetes name (RFC 1123), without wildcards."
  }
}

variable "service_accounts" {
  description = <<-EOT
    Service account => what its pods do, and the role that they take. Access "all" for one account shared by every component; "write",
    "read" and "backend" where each component has an account of its own, so that only the compactor (backend) may delete.
    role_name defaults to gl-loki-<environment>-<account>.
  EOT
  type = map(object({
    access    = optional(string, "all")
    role_name = optional(string)
  }))
  default = { loki = {} }

  validation {
    condition     = length(var.service_accounts) > 0 && alltrue([for account in values(var.service_accounts) : contains(["all", "write", "read", "backend"], account.access)])
    error_message = "service_accounts needs at least one account, each with access all, write, read or backend."
  }

  validation {
    condition     = alltrue([for name in keys(var.service_accounts) : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", name))])
    error_message = "service_accounts: each name must be a Kubernetes name (RFC 1123), without wildcards."
  }

  validation {
    condition = alltrue([for name, account in var.service_accounts :
      can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", coalesce(account.role_name, "gl-loki-${var.environment}-${name}")))
    ])
    error_message = "service_accounts: a role name has at most 64 letters, digits and +=,.@_-."
  }
}

variable "permissions_boundary" {
  description = "ARN of a permissions boundary for the roles."
  type        = string
  default     = null
}

variable "source_vpc_endpoint_ids" {
  description = "When not empty, objects can only be read and written through these VPC endpoints."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.source_vpc_endpoint_ids : startswith(id, "vpce-")])
    error_message = "source_vpc_endpoint_ids must be ids of VPC endpoints (vpce-...)."
  }
}

# ---- how long, and where ----------------------------------------------------------------------------------------------------

variable "tenants" {
  description = <<-EOT
    Tenant => days that the compactor keeps its logs (the longest of its retention classes), and when its chunks move to cheaper
    storage. Chunks lie under "<tenant>/", so every rule touches one tenant and never the index. A tenant without transitions gets
    only the orphan net. Retention itself is the compactor's work, not the lifecycle's.
  EOT
  type = map(object({
    retention_days = number
    transitions = optional(list(object({
      days          = number
      storage_class = string
    })), [])
  }))

  validation {
    condition     = alltrue([for name in keys(var.tenants) : can(regex("^[A-Za-z0-9!_.*'()-]{1,150}$", name)) && !contains([".", "..", "index"], name)])
    error_message = "tenants: a name may have letters, digits and !-_.*'(), and must not be ., .. or index (the index of every tenant lies there)."
  }

  validation {
    condition     = alltrue([for tenant in values(var.tenants) : tenant.retention_days >= 1])
    error_message = "tenants: retention_days must be at least 1 (Loki's minimum is 24h)."
  }

  validation {
    # GLACIER and DEEP_ARCHIVE answer a read with InvalidObjectState until somebody restores the object; Loki cannot.
    condition = alltrue(flatten([for tenant in values(var.tenants) :
      [for transition in tenant.transitions : contains(["STANDARD_IA", "INTELLIGENT_TIERING", "GLACIER_IR"], transition.storage_class)]
    ]))
    error_message = "tenants: storage_class must be STANDARD_IA, INTELLIGENT_TIERING or GLACIER_IR; from GLACIER and DEEP_ARCHIVE Loki cannot read."
  }

  validation {
    condition = alltrue(flatten([for tenant in values(var.tenants) :
      [for transition in tenant.transitions : transition.days >= 30 if transition.storage_class == "STANDARD_IA"]
    ]))
    error_message = "tenants: STANDARD_IA needs at least 30 days: S3 moves no younger object there."
  }

  validation {
    # Otherwise the transition costs more than it saves: STANDARD_IA bills 30 days, GLACIER_IR 90, however soon the object is deleted.
    condition = alltrue(flatten([for tenant in values(var.tenants) :
      [for transition in tenant.transitions :
        tenant.retention_days - transition.days >= lookup({ STANDARD_IA = 30, GLACIER_IR = 90 }, transition.storage_class, 0)
      ]
    ]))
    error_message = "tenants: a transition must leave at least the minimum storage time before retention ends: 30 days for STANDARD_IA, 90 for GLACIER_IR."
  }

  validation {
    condition = alltrue(flatten([for tenant in values(var.tenants) :
      [for index, transition in tenant.transitions : index == 0 ? true : transition.days - tenant.transitions[index - 1].days >= 30]
    ]))
    error_message = "tenants: transitions must be in order, at least 30 days apart."
  }
}

variable "orphan_days" {
  description = "Days after a tenant's retention at which S3 deletes what the compactor has left behind. 0 switches that off."
  type        = number
  default     = 30

  validation {
    # Less would race the compactor (retention_delete_delay, a compactor that was down for a week) for live chunks.
    condition     = var.orphan_days == 0 || var.orphan_days >= 14
    error_message = "orphan_days must be 0 (off) or at least 14."
  }
}

variable "abort_multipart_days" {
  description = "Days after which an unfinished upload is removed."
  type        = number
  default     = 3

  validation {
    condition     = var.abort_multipart_days >= 1
    error_message = "abort_multipart_days must be at least 1."
  }
}

variable "versioning" {
  description = "\"disabled\" (INFRA-009: a deleted chunk is gone) or \"enabled\": a wrong deletion can be undone for noncurrent_days. Once enabled, S3 can only suspend it."
  type        = string
  default     = "disabled"

  validation {
    condition     = contains(["disabled", "enabled"], var.versioning)
    error_message = "versioning must be disabled or enabled."
  }
}

variable "noncurrent_days" {
  description = "With versioning: days after which a deleted or overwritten object is gone for good. The index is rewritten every few minutes."
  type        = number
  default     = 14

  validation {
    condition     = var.noncurrent_days >= 1
    error_message = "noncurrent_days must be at least 1."
  }
}

variable "force_destroy" {
  description = "Let `terraform destroy` delete buckets that hold logs. Also lifts the policy against deleting the buckets."
  type        = bool
  default     = false
}

# ---- encryption -------------------------------------------------------------------------------------------------------------

variable "kms_key_arn" {
  description = "Key that encrypts the objects. Null creates one. A key of yours must let the roles use it through S3."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (not of an alias)."
  }
}

variable "kms_deletion_window_days" {
  description = "Days between the order to delete the created key and its end. Without the key every log is unreadable."
  type        = number
  default     = 30

  validation {
    condition     = var.kms_deletion_window_days >= 7 && var.kms_deletion_window_days <= 30
    error_message = "kms_deletion_window_days must be 7 to 30."
  }
}

variable "access_log_bucket" {
  description = "Bucket that gets S3's server access logs. Null switches them off."
  type        = string
  default     = null
}

# ---- evidence ---------------------------------------------------------------------------------------------------------------

variable "locked_tenants" {
  description = <<-EOT
    Tenants whose chunks are also copied to a second bucket with Object Lock, where nobody can delete or change them for
    locked_days: neither a wrong retention nor a stolen key. Empty: no such bucket. Needs versioning = "enabled".
  EOT
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.locked_tenants) == 0 || var.versioning == "enabled"
    error_message = "locked_tenants needs versioning = \"enabled\": S3 replicates only versioned buckets."
  }

  validation {
    condition     = alltrue([for name in var.locked_tenants : contains(keys(var.tenants), name)])
    error_message = "locked_tenants must be among tenants."
  }
}

variable "locked_days" {
  description = "Days for which a copy is locked. Null: the tenant's retention (the longest of the locked tenants)."
  type        = number
  default     = null

  validation {
    condition     = var.locked_days == null ? true : var.locked_days >= 1
    error_message = "locked_days must be at least 1."
  }
}

variable "locked_mode" {
  description = "\"GOVERNANCE\" (an administrator with s3:BypassGovernanceRetention can lift the lock) or \"COMPLIANCE\" (nobody can, root included)."
  type        = string
  default     = "GOVERNANCE"

  validation {
    condition     = contains(["GOVERNANCE", "COMPLIANCE"], var.locked_mode)
    error_message = "locked_mode must be GOVERNANCE or COMPLIANCE."
  }
}
