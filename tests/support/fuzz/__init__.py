"""Fuzzing of the de-identification engine: seeded inputs, oracles that share no code with it, and a ledger of runs.

    PYTHONPATH=tests python -m support.fuzz --inputs 1000000 --seconds 600 --seed 7 [--both-roads]

Input number N of a seed is the same bytes at the same version of the sources; a finding is made again by `--first N`.
"""
