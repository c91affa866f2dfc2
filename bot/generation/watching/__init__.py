"""What becomes of the jobs that were bought: read singly while they are few, by pages of what ended else."""
