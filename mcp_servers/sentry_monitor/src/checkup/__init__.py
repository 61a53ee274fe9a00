"""What `doctor` tries: settings, the clock, this machine, repairs."""
