terraform {
  # 1.9: a validation may look at other variables.
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # 5.74: transition_default_minimum_object_size of the lifecycle configuration.
      version = ">= 5.74, < 7.0"
    }
  }
}
