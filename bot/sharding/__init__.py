"""Which part of Discord's gateway is this process's, of those that divide it among themselves."""
