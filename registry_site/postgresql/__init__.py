"""Django's PostgreSQL backend with a pool that heals in one step; settings name it as their ENGINE."""
