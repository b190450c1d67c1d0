"""Django's SQLite backend with a fair queue for writers; settings name it as their ENGINE."""
