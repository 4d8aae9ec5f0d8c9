"""The team's interface for programs: JSON under `/api`, described at `/api/openapi.json`."""
