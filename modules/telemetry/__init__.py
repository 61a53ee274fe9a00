"""What an application tells Sentry, and what its project there should be like."""
