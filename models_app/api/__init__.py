"""The face for clients: JSON over HTTP, one folder per protocol."""
