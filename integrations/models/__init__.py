"""What integrations keep: imports; connections and their runs; webhooks and their deliveries."""

from integrations.models.imports import Import, ImportedRow, ImportProblem

__all__ = ["Import", "ImportProblem", "ImportedRow"]
