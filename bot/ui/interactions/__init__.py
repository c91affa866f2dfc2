"""Between an interaction and the services: who asks, from where, and how it is answered."""
