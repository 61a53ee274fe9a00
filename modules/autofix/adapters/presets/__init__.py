"""Agents by name. table.py tells how each is run; the other files are programs, run by path in the
sandbox, that speak our protocol on one side and call a command line on the other."""
