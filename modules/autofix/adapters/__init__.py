"""What the steps of a repair use: one file per port and technology."""
