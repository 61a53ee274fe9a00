"""What each path answers: a handler takes a Call and returns a response."""
