"""What an application tells Sentry, what can be told of it, and what its project there should be like."""
