"""The contract: what goes in, what comes out, which errors exist. Knows neither Sentry nor HTTP."""
