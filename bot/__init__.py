"""Imagine: the Scenario studio inside Discord.

This file imports nothing: every process of ours begins with it, the renderer's too.
"""
