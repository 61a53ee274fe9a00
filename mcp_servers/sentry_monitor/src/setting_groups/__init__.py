"""The settings, a file for each concern; settings.py reads them."""
