"""The service's HTTP side: webhooks, the API, pages, metrics."""
