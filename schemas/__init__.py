"""The contract: events, topics and the words of the field. Knows pydantic and nobody else."""
