"""The fault matrix: seeded stories of commands and misfortunes over real processes, judged from outside.

`plan` and `chance` make a story out of a seed, `actor` plays it, `ending` heals the world and waits for the
end, `looking` gathers what is there to be seen, `judge` says what is wrong with that. docs/reliability.md
explains it.
"""
