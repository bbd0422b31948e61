"""The Model Context Protocol: the API as tools of language models; it mentions no arrays."""
