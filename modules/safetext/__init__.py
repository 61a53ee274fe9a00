"""Text that is safe to pass on: values in, values out."""
