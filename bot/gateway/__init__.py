"""The connections to Discord's gateway, one a shard."""
