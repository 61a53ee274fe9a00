"""What fills the ports of this room."""
