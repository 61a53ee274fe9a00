"""What can be imported: libraries that each know one thing."""
