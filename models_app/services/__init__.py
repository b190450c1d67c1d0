"""Every write, every rule and every permission check: one function per verb, called by both faces."""
