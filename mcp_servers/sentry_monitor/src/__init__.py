"""The program: settings, operations, composition root and front doors."""
