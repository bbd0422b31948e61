"""Who may ask for what: scopes of keys, and which of them each route needs."""
