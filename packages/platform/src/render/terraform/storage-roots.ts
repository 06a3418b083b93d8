import { lifecycleRules } from '../../lifecycle-rules.ts';
import { clusters, type Environment, type Platform } from '../../platform.ts';
import type { Renderer } from '../renderer.ts';
import { type HclValue, hclAttributes } from './hcl-text.ts';

/** A root module for each environment whose object store is S3. */
export const storageRoots: Renderer = {
  name: 'terraform-storage-roots',
  render: (platform) =>
    clusters(platform)
      .filter(({ objectStore }) => objectStore.kind === 's3')
      .map((environment) => ({
        path: storageRootPath(environment),
        text: root(platform, environment),
      })),
};

export const storageRootPath = (environment: Environment): string =>
  `terraform/environments/${environment.name}/main.tf`;

function root(platform: Platform, environment: Environment): string {
  return `# Loki's storage in ${environment.name}: buckets, key and role for the service account ${platform.names.lokiNamespace}/${platform.names.lokiServiceAccount}.
# Rendered by \`cordwood render\`; change the definition, not this file.
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
${hclAttributes({ region: environment.region, allowed_account_ids: [environment.account] }, 1)}
}

module "loki_storage" {
  source = "../../modules/loki-storage"

${hclAttributes(moduleArguments(platform, environment), 1)}
}

# What the Helm values of ${environment.name} already say. A plan that would change one of these breaks Loki.
output "helm_values" {
  description = "Compare with helm/loki/values-${environment.name}.yaml."
  value = {
    bucket_names = module.loki_storage.bucket_names
    kms_key_arn  = module.loki_storage.kms_key_arn
    region       = module.loki_storage.region
    role_arns    = module.loki_storage.role_arns
  }
}
`;
}

function moduleArguments(platform: Platform, environment: Environment): Record<string, HclValue> {
  const { storage, names } = platform;
  const locked = storage.objectLock === 'replica' ? environment.tenants.filter(({ immutable }) => immutable) : [];
  return {
    environment: environment.name,
    chunks_bucket_name: environment.chunksBucket,
    ruler_bucket_name: environment.rulerBucket,
    kms_alias: environment.kmsAlias,
    force_destroy: environment.forceDestroy,
    oidc_provider_arn: `arn:aws:iam::${environment.account}:oidc-provider/${environment.oidcProvider}`,
    namespace: names.lokiNamespace,
    service_accounts: {
      [names.lokiServiceAccount]: { access: 'all', role_name: environment.lokiRole },
    },
    orphan_days: storage.orphanExpiryDays,
    abort_multipart_days: storage.abortMultipartDays,
    versioning: storage.versioning ? 'enabled' : 'disabled',
    ...(locked.length > 0 ? { locked_tenants: locked.map(({ id }) => id) } : {}),
    tenants: Object.fromEntries(storedTenants(platform, environment)),
    tags: { platform: platform.name },
  };
}

/** Folder of chunks => what Terraform has to know about it. */
function storedTenants(platform: Platform, environment: Environment): [string, HclValue][] {
  return lifecycleRules(platform, environment).map(({ tenant, transitions, expireAfterDays }): [string, HclValue] => {
    const retention = { retention_days: expireAfterDays - platform.storage.orphanExpiryDays };
    if (transitions.length === 0) return [tenant, retention];
    return [
      tenant,
      {
        ...retention,
        transitions: transitions.map(({ afterDays, storageClass }) => ({
          days: afterDays,
          storage_class: storageClass,
        })),
      },
    ];
  });
}
